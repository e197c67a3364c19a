import { test } from '@japa/runner'
import { Directory, Sessions } from '#accounts'
import { Post } from '#post'
import { freshAccounts, type Place } from './fresh_accounts.ts'

async function directoryOf(place: Place) {
  const at = await freshAccounts(place)
  const { db, ledger, now } = at
  const post = new Post({ db, now })
  const directory = new Directory({ db, ledger, post, sessions: new Sessions({ db, now }), now })
  const make = async (name: string, role: 'administrator' | 'staff' | 'client') =>
    (
      await at.accounts.createUser(
        at.person({ email: `${name}@firm.example`, role }),
        'command line'
      )
    ).id
  return { ...at, directory, make }
}

test.group('directory', () => {
  test('lists people as a dictionary does, in pages, and finds them whatever the accents', async ({
    assert,
    cleanup,
  }) => {
    const { accounts, directory, person } = await directoryOf({ cleanup })
    const names = ['Österle', 'Zander', 'ostermann', 'Äpple', 'Aal', 'Strasser', 'Straßburg', 'Ulm']
    for (const [nth, fullName] of names.entries()) {
      const one = person({ email: `p${nth}@firm.example`, fullName, role: 'client' as const })
      await accounts.createUser(one, 'command line')
    }
    const seen: string[] = []
    let after: number | undefined
    do {
      const page = await directory.list({}, { after, limit: 3 })
      seen.push(...page.people.map(({ fullName }) => fullName))
      after = page.next ?? undefined
    } while (after !== undefined)
    assert.deepEqual(seen, [
      ...['Aal', 'Äpple', 'Österle', 'ostermann', 'Straßburg', 'Strasser', 'Ulm', 'Zander'],
    ])
    for (const [search, found] of [
      ['äpp', ['Äpple']],
      ['ÖSTER', ['Österle', 'ostermann']],
      ['strass', ['Straßburg', 'Strasser']],
    ] as const) {
      const { people } = await directory.list({ search }, { limit: 9 })
      assert.sameMembers(
        people.map(({ fullName }) => fullName),
        [...found]
      )
    }
  })

  test('one administrator always remains, also when two turn on each other at once', async ({
    assert,
    cleanup,
  }) => {
    const { directory, make, db, configured, ledger } = await directoryOf({ cleanup })
    const one = await make('one', 'administrator')
    const other = await make('other', 'administrator')
    const clerk = await make('clerk', 'staff')
    const outcomes = await Promise.allSettled([
      directory.disable(other, one),
      directory.changeRole(one, 'client', other),
    ])
    const failed = outcomes.filter(({ status }) => status === 'rejected')
    assert.lengthOf(failed, 1)
    assert.equal((failed[0] as PromiseRejectedResult).reason.code, 'E_LAST_ADMINISTRATOR')
    const left = await db.from('users').where('role', 'administrator').whereNull('disabled_at')
    assert.lengthOf(left, 1)
    const last = left[0].id
    for (const change of [
      () => directory.disable(last, clerk),
      () => directory.changeRole(last, 'staff', clerk),
    ]) {
      const error = await change().catch((refused) => refused)
      assert.equal(error.code, 'E_LAST_ADMINISTRATOR')
    }
    assert.lengthOf(await configured(), 4, 'what was refused is not in the ledger')
    assert.deepEqual((await ledger.verify()).problems, [])
  })

  test('what is so already changes nothing and says nothing', async ({ assert, cleanup }) => {
    const { directory, make, configured } = await directoryOf({ cleanup })
    const boss = await make('boss', 'administrator')
    const clerk = await make('clerk', 'staff')
    await directory.disable(clerk, boss)
    const before = await configured()
    await directory.disable(clerk, boss)
    await directory.changeRole(clerk, 'staff', boss)
    assert.equal(await directory.endSessions(clerk, boss), 0)
    assert.deepEqual(await configured(), before)
    for (const act of ['disable', 'enable'] as const) {
      const error = await directory[act](boss, boss).catch((refused) => refused)
      assert.equal(error.code, 'E_OWN_ACCOUNT')
      const missing = await directory[act](999, boss).catch((refused) => refused)
      assert.equal(missing.code, 'E_NO_PERSON')
    }
  })

  test('the last domain stays, also when two are removed at once', async ({ assert, cleanup }) => {
    const { accounts } = await directoryOf({ cleanup })
    for (const name of ['firm.example', 'firma.example'])
      await accounts.addDomain(name, 'command line')
    const outcomes = await Promise.allSettled([
      accounts.removeDomain('firm.example', 1),
      accounts.removeDomain('firma.example', 1),
    ])
    assert.lengthOf(
      outcomes.filter(({ status }) => status === 'fulfilled'),
      1
    )
    assert.lengthOf(await accounts.domains(), 1)
    const error = await accounts.removeDomain('other.example', 1).catch((refused) => refused)
    assert.equal(error.code, 'E_NO_DOMAIN')
  })
})
