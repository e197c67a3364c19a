import { test } from '@japa/runner'
import { transaction } from '#transaction'
import { freshVault, house, person, putFile } from '../vault/fresh_vault.ts'
import { HOUR, lettersTo, pass, work } from './told.ts'

const DAY = 24 * HOUR

test.group('A membership that ends', () => {
  test('is told to member and owner a week before, and when it is over, once each', async ({
    assert,
    cleanup,
  }) => {
    const at = await house()
    cleanup(() => at.close())
    const { owner } = await freshVault(at)
    const { vault } = owner
    at.clock.now = new Date('2026-11-02T09:00:00Z')
    const viewer = await person(at, 'client', 'Carla Client')
    // The end of 30 November in Berlin.
    const until = new Date('2026-11-30T23:00:00Z')
    await transaction(at.db, (trx) =>
      at.vaults.admissions.add(trx, owner, viewer, { role: 'editor', until })
    )
    const member = await at.vaults.open(vault.number, viewer)
    const { id } = (await putFile(at, member, null, 'Beleg.pdf'))!.entry
    await at.vaults.lock(member, [id])
    await work(at)
    await lettersTo(at, owner)
    assert.deepEqual(await lettersTo(at, member), [])

    at.clock.now = new Date(until.getTime() - 7 * DAY + HOUR)
    await Promise.all([at.notifications.sweep(), at.notifications.sweep()])
    const [soon, ...none] = await lettersTo(at, member)
    assert.deepEqual(none, [])
    assert.equal(
      soon!.subject,
      `Ihr Zugang endet am 30.11.2026: Webtresor ${vault.number} „Mandant Meier“`
    )
    const [told, ...others] = await lettersTo(at, owner)
    assert.deepEqual(others, [])
    assert.include(told!.subject, 'Zugang von Carla Client endet am 30.11.2026')
    pass(at, DAY)
    await work(at)
    assert.deepEqual([...(await lettersTo(at, member)), ...(await lettersTo(at, owner))], [])

    // One that is prolonged is told anew.
    const later = new Date(until.getTime() + 30 * DAY)
    await at.vaults.members.change(owner, viewer.id, { role: 'editor', until: later })
    at.clock.now = new Date(later.getTime() - DAY)
    await work(at)
    assert.lengthOf(await lettersTo(at, member), 1)
    assert.lengthOf(await lettersTo(at, owner), 1)

    at.clock.now = later
    await Promise.all([at.notifications.sweep(), at.notifications.sweep()])
    await work(at)
    const [over, ...more] = await lettersTo(at, member)
    assert.deepEqual(more, [])
    assert.include(over!.subject, 'Ihr Zugang ist abgelaufen')
    assert.notInclude(over!.body_text, `/webtresore/${vault.number}`, 'he does not come in')
    const [ownerTold, ...rest] = await lettersTo(at, owner)
    assert.deepEqual(rest, [])
    assert.include(ownerTold!.subject, 'Zugang von Carla Client ist abgelaufen')
    const { activities } = await at.vaults.activity.list(owner, {}, { limit: 1 })
    assert.deepInclude(activities[0], { what: 'member_ended', actorId: null })
    const entry = await at.vaults.entry(owner, id)
    assert.isNull(entry.kind === 'file' && entry.lock, 'nobody is left to unlock it')
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })

  test('of a few days is told at its end only; of a disabled account, a removed member, in the trash: not', async ({
    assert,
    cleanup,
  }) => {
    const at = await house()
    cleanup(() => at.close())
    const { owner } = await freshVault(at)
    const until = new Date(at.clock.now.getTime() + 3 * DAY)
    const add = async (locale: string | null, more = {}) => {
      const viewer = await person(at, 'client')
      await at.db
        .from('users')
        .where('id', viewer.id)
        .update({ locale, ...more })
      await transaction(at.db, (trx) =>
        at.vaults.admissions.add(trx, owner, viewer, { role: 'reader', until })
      )
      return { ...owner, viewer }
    }
    const english = await add('en')
    const disabled = await add(null, { disabled_at: 1 })
    const removed = await add(null)
    await at.vaults.members.remove(owner, removed.viewer.id)
    pass(at, DAY)
    await work(at)
    for (const one of [english, disabled, removed, owner]) {
      assert.deepEqual(await lettersTo(at, one), [])
    }
    at.clock.now = until
    await at.db.from('vaults').update({ trashed_at: 1 })
    await work(at)
    assert.deepEqual(await lettersTo(at, english), [])
    await at.db.from('vaults').update({ trashed_at: null })
    await work(at)
    const [letter] = await lettersTo(at, english)
    assert.include(letter!.subject, 'Your access has ended: vault ')
    assert.deepEqual(await lettersTo(at, disabled), [])
    assert.deepEqual(await lettersTo(at, removed), [])
    assert.lengthOf(await lettersTo(at, owner), 1)
  })
})
