import { test } from '@japa/runner'
import type { House } from '#tests/house'
import { fileIn, freshVault, house, join, person } from '../vault/fresh_vault.ts'
import { choose, HOUR, lettersTo, MINUTE, pass, work } from './told.ts'

test.group('Members who want to know at once', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('get one mail for everything that comes without a pause of ten minutes', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    pass(at, MINUTE)
    for (let count = 1; count <= 25; count++) await fileIn(at, editor, null, `Beleg ${count}.pdf`)
    await work(at)
    pass(at, 9 * MINUTE)
    await work(at)
    assert.deepEqual(await lettersTo(at, owner), [])
    pass(at, 2 * MINUTE)
    await work(at)
    await work(at)
    const [letter, ...more] = await lettersTo(at, owner)
    assert.deepEqual(more, [])
    assert.include(letter!.subject, ': 25 neue Dateien')
    assert.lengthOf(letter!.body_text.match(/^- Beleg/gm)!, 20)
    assert.include(letter!.body_text, '- und 5 weitere Dateien')
    pass(at, HOUR)
    await work(at)
    assert.deepEqual(await lettersTo(at, owner), [], 'and none again')
  })

  test('and after an hour while more keeps coming', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    pass(at, MINUTE)
    const mails: string[] = []
    for (let minute = 0; minute < 90; minute += 5) {
      await fileIn(at, editor, null, `Scan ${minute}.pdf`)
      pass(at, 5 * MINUTE)
      await work(at)
      mails.push(...(await lettersTo(at, owner)).map(({ subject }) => subject.split(': ')[1]!))
    }
    assert.lengthOf(mails, 1)
    pass(at, 15 * MINUTE)
    await work(at)
    const [rest] = await lettersTo(at, owner)
    const total = [mails[0]!, rest!.subject.split(': ')[1]!].map((text) => Number.parseInt(text))
    assert.equal(total[0]! + total[1]!, 18, 'each file is told once')
  })

  test('but not of what they have seen, did themselves or chose not to hear', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const [editor, reader] = [await as('editor'), await as('reader')]
    await fileIn(at, owner, null, 'Eigenes.pdf')
    pass(at, HOUR)
    await work(at)
    assert.deepEqual(await lettersTo(at, owner), [])
    await fileIn(at, editor, null, 'Gesehen.pdf')
    pass(at, MINUTE)
    await at.vaults.news.visit(owner)
    pass(at, HOUR)
    await work(at)
    assert.deepEqual(await lettersTo(at, owner), [])
    await choose(at, reader, 'at_once')
    pass(at, HOUR)
    await work(at)
    assert.deepEqual(await lettersTo(at, reader), [], 'the past is not told')
  })

  test('get what somebody moved or copied there from another vault, however old', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const elsewhere = await at.vaults.create(editor.viewer, { name: 'Anderswo' })
    const folder = await at.vaults.makeFolder(elsewhere, null, 'Ablage')
    await fileIn(at, elsewhere, folder, 'Alt.pdf')
    const copied = await fileIn(at, elsewhere, null, 'Kopiert.pdf')
    pass(at, HOUR)
    await at.vaults.news.visit(owner)
    pass(at, MINUTE)
    const target = { access: editor, folder: null }
    await at.vaults.move(elsewhere, [folder], target, 'ask')
    await at.vaults.copy(elsewhere, [copied], target, 'ask')
    pass(at, HOUR)
    await work(at)
    const [letter] = await lettersTo(at, owner)
    assert.include(letter!.subject, ': 2 neue Dateien')
    assert.match(letter!.body_text, /- Alt\.pdf .+\n {2}neu, von .+, in \/Ablage\n/)
    const back = { access: elsewhere, folder: null }
    await at.vaults.move(editor, [folder], back, 'ask')
    assert.isFalse(
      (await at.vaults.listFor(editor.viewer, { limit: 100 })).some(({ unread }) => unread),
      'his own doing'
    )
  })

  test('see in their list what is unread, until they have looked', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const unread = async (access: typeof owner) => {
      const vaults = await at.vaults.listFor(access.viewer, { limit: 100 })
      return vaults.find(({ id }) => id === owner.vault.id)!.unread
    }
    pass(at, MINUTE)
    await fileIn(at, editor, null, 'Neu.pdf')
    pass(at, MINUTE)
    assert.isTrue(await unread(owner))
    assert.isFalse(await unread(editor), 'his own doing')
    await at.vaults.news.visit(owner)
    assert.isFalse(await unread(owner))
  })
})

test.group('The daily digest', (group) => {
  let at: House
  group.each.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('comes once a day at seven, with all vaults in one mail, over the change of clocks', async ({
    assert,
  }) => {
    at.clock.now = new Date('2026-10-24T10:00:00Z')
    const first = await freshVault(at)
    const second = await freshVault(at)
    const viewer = await person(at, 'client')
    for (const { owner } of [first, second]) await join(at, owner, viewer, 'reader')
    const mine = await at.vaults.open(first.number, viewer)
    const other = await at.vaults.open(second.number, viewer)
    for (const one of [mine, other]) await choose(at, one, 'daily')
    pass(at, MINUTE)
    await fileIn(at, first.owner, null, 'Eins.pdf')
    await fileIn(at, second.owner, null, 'Zwei.pdf')

    const until = async (time: string) => {
      at.clock.now = new Date(time)
      await work(at)
      await work(at)
      return lettersTo(at, mine)
    }
    // Seven in Berlin was 05:00 UTC the day before, and is 06:00 from this day on.
    assert.deepEqual(await until('2026-10-25T05:59:00Z'), [])
    const [letter, ...more] = await until('2026-10-25T06:00:30Z')
    assert.deepEqual(more, [])
    assert.equal(letter!.subject, '2 neue Dateien in Ihren Webtresoren')
    assert.match(letter!.body_text, /Eins\.pdf[^]+Zwei\.pdf/)
    assert.deepEqual(await until('2026-10-25T20:00:00Z'), [], 'nothing is told again')

    await fileIn(at, first.owner, null, 'Drei.pdf')
    assert.deepEqual(await until('2026-10-25T21:00:00Z'), [], 'nor before the next morning')
    // A clock that is set back hands out no day again.
    assert.deepEqual(await until('2026-10-24T21:00:00Z'), [])
    const [next] = await until('2026-10-26T09:30:00Z')
    assert.equal(next!.subject, '1 neue Datei in Ihren Webtresoren')
    assert.notInclude(next!.body_text, 'Eins.pdf')
    await at.vaults.news.visit(mine)
    assert.deepEqual(await until('2026-10-27T06:00:30Z'), [])
  })

  test('a crash while it is handed out leaves nobody out and nobody twice', async ({ assert }) => {
    at.clock.now = new Date('2026-11-24T10:00:00Z')
    const { owner, as } = await freshVault(at)
    const people = [await as('editor'), await as('reader'), await as('contributor')]
    for (const one of people) await choose(at, one, 'daily')
    pass(at, MINUTE)
    await fileIn(at, owner, null, 'Neu.pdf')
    at.clock.now = new Date('2026-11-25T06:00:30Z')
    await at.notifications.sweep()
    const rows = () => at.db.from('notifications').where('kind', 'daily').orderBy('id')
    const [handed] = await rows()
    await at.notifications.write(String(handed.id))
    // As if the day had not been noted, and two rows not been written.
    await at.db.from('settings').where('key', 'notifications.digest').delete()
    await at.db.from('notifications').where('id', '>', handed.id).delete()
    await work(at)
    await work(at)
    assert.lengthOf(await rows(), 3)
    const letters = await Promise.all(people.map((one) => lettersTo(at, one)))
    assert.deepEqual(
      letters.map(({ length }) => length),
      [1, 1, 0],
      'the contributor can see nothing new'
    )
  })
})
