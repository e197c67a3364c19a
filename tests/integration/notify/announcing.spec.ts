import { test } from '@japa/runner'
import { Notifications } from '#notifications'
import { transaction } from '#transaction'
import type { VaultFile } from '#vault'
import type { House } from '#tests/house'
import { codeOf, fileIn, freshVault, house, putFile, refusalOf } from '../vault/fresh_vault.ts'
import { choose, HOUR, lettersTo, MINUTE, pass, queued, work } from './told.ts'

test.group('Benachrichtigung verschicken', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('tells each what is new since his own last visit, and a contributor of his own only', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const [editor, contributor, reader] = [
      await as('editor'),
      await as('contributor'),
      await as('reader'),
    ]
    for (const one of [editor, contributor, reader]) await choose(at, one, 'manual')
    const own = await fileIn(at, contributor, null, 'Kassenbuch.pdf')
    await fileIn(at, owner, null, 'Alt.pdf')
    await at.vaults.news.visit(reader)
    pass(at, HOUR)
    const folder = await at.vaults.makeFolder(owner, null, 'Belege')
    await fileIn(at, owner, folder, 'Neu.pdf')
    await putFile(at, editor, null, 'Kassenbuch.pdf', { conflict: 'replace' })
    const bad = (await putFile(at, owner, null, 'Virus.exe', { scanned: false }))!
    await transaction(at.db, (trx) =>
      at.vaults.verdicts.judge(trx, [bad.entry.version], 'infected', 'Eicar-Signature')
    )
    await lettersTo(at, owner)

    const sent = await at.notifications.announce(owner, 'Bitte bis Freitag prüfen.')
    assert.equal(sent.recipients, 3)
    await work(at)
    const [toReader] = await lettersTo(at, reader)
    assert.include(toReader!.subject, `Webtresor ${owner.vault.number} „Mandant Meier“`)
    assert.include(toReader!.body_text, '    Bitte bis Freitag prüfen.\n')
    assert.include(toReader!.body_text, 'Neu seit Ihrem letzten Besuch am ')
    assert.match(toReader!.body_text, /- Neu\.pdf \(\d+ Byte\)\n {2}neu, von .+, in \/Belege\n/)
    assert.match(toReader!.body_text, /- Kassenbuch\.pdf .+\n {2}neue Version, von /)
    assert.notMatch(toReader!.body_text, /Alt\.pdf|Virus/)
    assert.include(toReader!.body_text, `/webtresore/${owner.vault.number}>`)

    const [toEditor] = await lettersTo(at, editor)
    assert.include(toEditor!.body_text, 'Neu für Sie:')
    assert.match(toEditor!.body_text, /Alt\.pdf/)
    assert.notMatch(toEditor!.body_text, /Kassenbuch/, 'of his own doing nobody is told')

    const [toContributor] = await lettersTo(at, contributor)
    assert.match(toContributor!.body_text, /- Kassenbuch\.pdf .+\n {2}neue Version/)
    assert.notMatch(toContributor!.body_text, /Neu\.pdf|Alt\.pdf|Belege/)

    assert.deepEqual(await lettersTo(at, owner), [], 'nor is the sender')
    assert.equal((await at.vaults.entry(contributor, own)).id, own)
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })

  test('says who gets it and who does not; a contributor tells no other contributor', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const [editor, contributor, reader] = [
      await as('editor'),
      await as('contributor'),
      await as('reader'),
    ]
    await choose(at, editor, 'manual')
    await choose(at, reader, 'never')
    const member = { vault_id: owner.vault.id, user_id: contributor.viewer.id }
    await choose(at, contributor, 'daily')
    const reasons = async (access: typeof owner) =>
      Object.fromEntries(
        (await at.notifications.preview(access)).map(({ role, reason }) => [role, reason])
      )
    assert.deepEqual(await reasons(owner), { editor: null, contributor: null, reader: 'never' })
    assert.deepEqual(await reasons(contributor), { owner: null, editor: null, reader: 'never' })
    await at.db.from('memberships').where(member).update({ until: at.clock.now.getTime() })
    await at.db.from('users').where('id', editor.viewer.id).update({ disabled_at: 1 })
    assert.deepEqual(await reasons(owner), {
      ...{ editor: 'disabled', contributor: 'ended', reader: 'never' },
    })
    assert.equal(await codeOf(at.notifications.announce(owner, '')), 'E_NOBODY')
    assert.equal(await codeOf(at.notifications.announce(reader, '')), 'E_ROLE')
    assert.equal(await codeOf(at.notifications.announce(owner, 'x'.repeat(1001))), 'E_SENTENCE')
  })

  test('a crash between the mails, and every repetition, tells nobody twice', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const readers = [await as('editor'), await as('reader')]
    for (const one of readers) await choose(at, one, 'manual')
    await at.notifications.announce(owner, '')
    const [first, second] = await queued(at)

    // Two workers at once, and once more.
    const both = [1, 2].map(() => at.notifications.write(String(first!.id)))
    await Promise.all(both)
    await at.notifications.write(String(first!.id))

    // The process dies after the letter was written and before the commit.
    let posted = 0
    const dying = new Notifications({
      ...at,
      post: {
        post: async (...given: Parameters<typeof at.post.post>) => {
          await at.post.post(...given)
          posted++
          throw new Error('killed')
        },
        fates: (ids: string[]) => at.post.fates(ids),
      } as unknown as typeof at.post,
      appUrl: 'https://webtresor.example',
      timeZone: 'Europe/Berlin',
      locale: 'de',
      now: () => at.clock.now,
    })
    await assert.rejects(() => dying.write(String(second!.id)), 'killed')
    assert.equal(posted, 1)

    const rung: string[] = []
    const sweeping = new Notifications({
      ...at,
      ...{ appUrl: 'https://webtresor.example', timeZone: 'Europe/Berlin', locale: 'de' as const },
      now: () => at.clock.now,
      wake: (id) => rung.push(id),
    })
    await sweeping.sweep()
    assert.deepEqual(rung, [String(second!.id)], 'what a crash left is rung for')
    await work(at)
    await work(at)
    for (const one of readers) assert.lengthOf(await lettersTo(at, one), 1)
  })

  test('what has become of each mail is seen, and what failed can be sent again', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const reader = await as('reader')
    await choose(at, reader, 'manual')
    await at.notifications.announce(owner, 'Hallo')
    const state = async () => {
      const [sending] = await at.notifications.sendings(owner, 5)
      const [recipient] = sending!.recipients
      return {
        id: recipient!.id,
        state: recipient!.state,
        reply: recipient!.fate?.lastReply ?? null,
      }
    }
    const { id, ...before } = await state()
    assert.deepEqual(before, { state: 'preparing', reply: null })
    await work(at)
    assert.deepInclude(await state(), { state: 'queued' })
    assert.equal(await codeOf(at.notifications.again(owner, id)), 'E_NOT_FAILED')

    const letter = async () =>
      (await at.db.from('notifications').where({ id }).firstOrFail()).letter
    const nextAt = new Date(at.clock.now.getTime() + HOUR)
    await at.post.record(await letter(), { status: 'deferred', reply: '450 4.2.0 busy', nextAt })
    assert.deepInclude(await state(), { state: 'waiting', reply: '450 4.2.0 busy' })
    await at.post.record(await letter(), { status: 'failed', reply: '550 5.1.1 no such user' })
    assert.deepInclude(await state(), { state: 'failed', reply: '550 5.1.1 no such user' })

    assert.equal(await codeOf(at.notifications.again(reader, id)), 'E_ROLE')
    await at.notifications.again(owner, id)
    await work(at)
    assert.deepInclude(await state(), { state: 'queued', reply: null })
    assert.lengthOf(await lettersTo(at, reader), 1)
    assert.deepInclude(await state(), { state: 'delivered' })

    const stranger = (await freshVault(at)).owner
    assert.equal(await codeOf(at.notifications.again(stranger, id)), 'E_NO_NOTIFICATION')
  })

  test('the same person announces in the same vault once a minute', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const [editor, reader] = [await as('editor'), await as('reader')]
    await choose(at, reader, 'manual')
    const both = [1, 2].map(() => codeOf(at.notifications.announce(owner, '')))
    assert.sameMembers(await Promise.all(both), ['nothing', 'E_THROTTLED'])
    pass(at, 20_000)
    const refused = await refusalOf(at.notifications.announce(owner, ''))
    assert.deepEqual(refused!.facts, { seconds: 40 })
    assert.equal(await codeOf(at.notifications.announce(editor, '')), 'nothing')
    pass(at, MINUTE)
    assert.equal(await codeOf(at.notifications.announce(owner, '')), 'nothing')
  })

  test('whoever left before his mail was written gets none', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const reader = await as('reader')
    await choose(at, reader, 'manual')
    await at.notifications.announce(owner, '')
    await choose(at, reader, 'never')
    await work(at)
    assert.deepEqual(await lettersTo(at, reader), [])
    const [sending] = await at.notifications.sendings(owner, 1)
    assert.deepInclude(sending!.recipients[0], { state: 'dropped', reason: 'never' })
  })
})

test.group('people are told what happened to their own things', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('virus: who put it in, and the owner; not checkable: the owner', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const contributor = await as('contributor')
    const judged = async (name: string, verdict: 'infected' | 'unchecked') => {
      const { entry } = (await putFile(at, contributor, null, name, { scanned: false }))!
      await transaction(at.db, (trx) =>
        at.vaults.verdicts.judge(
          trx,
          [(entry as VaultFile).version],
          verdict,
          'Win.Test\r\nBcc: x@y.example'
        )
      )
    }
    await judged('böse.exe', 'infected')
    const [own] = await lettersTo(at, contributor)
    assert.equal(own!.subject, 'Virus gefunden: böse.exe')
    assert.include(own!.body_text, 'Win.Test Bcc: x@y.example')
    assert.match(own!.body_text, /Bitte\slassen\sSie\sIhren\sRechner\sprüfen/)
    const [toOwner] = await lettersTo(at, owner)
    assert.include(toOwner!.body_text, contributor.viewer.name)

    await judged('groß.zip', 'unchecked')
    assert.deepEqual(await lettersTo(at, contributor), [])
    const [unchecked] = await lettersTo(at, owner)
    assert.equal(unchecked!.subject, 'Nicht auf Viren prüfbar: groß.zip')
  })

  test('a lock that somebody else broke', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const [his, own] = [
      await fileIn(at, owner, null, 'Bilanz.xlsx'),
      await fileIn(at, owner, null, 'Eigenes.xlsx'),
    ]
    await at.vaults.lock(editor, [his])
    await at.vaults.lock(owner, [own])
    await at.vaults.unlock(owner, [his, own])
    const [letter, ...more] = await lettersTo(at, editor)
    assert.deepEqual(more, [])
    assert.equal(letter!.subject, 'Ihre Sperre wurde aufgehoben: Bilanz.xlsx')
    assert.deepEqual(await lettersTo(at, owner), [], 'nobody is told of his own doing')
  })

  test('files that came back through a link: one mail for those of five minutes', async ({
    assert,
  }) => {
    const { owner } = await freshVault(at)
    for (const name of ['Scan 1.pdf', 'Scan 2.pdf']) {
      await transaction(at.db, (trx) =>
        at.vaults.note(trx, owner, {
          ...{ what: 'returned', names: [name], details: { recipient: 'client@example.net' } },
        })
      )
      pass(at, MINUTE)
    }
    await at.notifications.sweep()
    assert.deepEqual(await lettersTo(at, owner), [])
    pass(at, 5 * MINUTE)
    await work(at)
    await work(at)
    const [letter, ...more] = await lettersTo(at, owner)
    assert.deepEqual(more, [])
    assert.equal(letter!.subject, 'client@example.net hat Dateien zurückgesendet')
    assert.match(letter!.body_text, /- Scan 1\.pdf\n- Scan 2\.pdf\n/)
  })

  test('a vault that fills up: once each time it passes 80 and 95 percent', async ({ assert }) => {
    const { owner } = await freshVault(at, { quota: 1000 })
    const told = async (used: number) => {
      await at.db.from('vaults').where('id', owner.vault.id).update({ used })
      await at.notifications.sweep()
      await at.notifications.sweep()
      return (await lettersTo(at, owner)).map(({ subject }) => /(\d+) %/.exec(subject)![1])
    }
    assert.deepEqual(await told(799), [])
    assert.deepEqual(await told(800), ['80'])
    assert.deepEqual(await told(949), [])
    assert.deepEqual(await told(960), ['96'])
    assert.deepEqual(await told(810), [], 'on the way down nobody is told')
    assert.deepEqual(await told(950), ['95'])
    assert.deepEqual(await told(10), [])
    assert.deepEqual(await told(1000), ['100'])
  })
})
