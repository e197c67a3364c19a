import { test } from '@japa/runner'
import hash from '@adonisjs/core/services/hash'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Accounts } from '#accounts'
import { commandLine, wordsOf } from '#tests/command_line'
import { freshAccounts, PASSWORD, type Place } from './fresh_accounts.ts'

/** A migrated installation, and its command line. */
async function installation(place: Place) {
  const { db, databasePlace, ledger } = await freshAccounts(place)
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-commands-'))
  place.cleanup(async () => rm(folder, { recursive: true }))
  const postgres = databasePlace.startsWith('postgres')
  if (!postgres) await symlink(databasePlace, join(folder, 'webtresor.sqlite3'))

  return {
    db,
    accounts: new Accounts({ db, hash, ledger }),
    async ace(args: string[], input = '') {
      const end = await commandLine(
        args,
        { DATA_DIR: folder, DATABASE_URL: postgres ? databasePlace : '' },
        input
      )
      return { status: end.status, said: wordsOf(end) }
    },
  }
}

const anna = ['user:create', '--email=Anna@firm.example', '--name=Anna Berger', '--role=staff']

test.group('the command line', (group) => {
  group.tap((one) => one.skip(Boolean(process.env.TEST_DATABASE_URL), 'Same on both databases'))

  test('adds a domain and a person whose password comes by standard input', async ({
    assert,
    cleanup,
  }) => {
    const { ace, accounts, db } = await installation({ cleanup })
    const domain = await ace(['domain:add', 'Firm.Example'])
    assert.equal(domain.status, 0, domain.said)
    const { status, said } = await ace(
      [...anna, '--username=Anna.B', '--password-stdin'],
      `${PASSWORD}\n`
    )
    assert.equal(status, 0, said)
    assert.notInclude(said, PASSWORD)
    const account = await accounts.authenticate('anna.b', PASSWORD)
    assert.isTrue(await accounts.ownsMailbox(account!.id, 'anna@firm.example'))
    const entries = await db.from('ledger_entries').where('type', 'configured')
    assert.lengthOf(entries, 2)
  })

  test('makes a password, prints it once, and says when there is no mailbox', async ({
    assert,
    cleanup,
  }) => {
    const { ace, accounts } = await installation({ cleanup })
    const { status, said } = await ace(anna)
    assert.equal(status, 0, said)
    assert.match(said, /is no mailbox of theirs/)
    const [, password] = /shown this once: (\S+)/.exec(said)!
    assert.isNotNull(await accounts.authenticate('anna@firm.example', password!))
  })

  test('takes lost second factors away, ends sessions, and says whom it does not know', async ({
    assert,
    cleanup,
  }) => {
    const { ace, accounts, db } = await installation({ cleanup })
    await ace([...anna, '--password-stdin'], PASSWORD)
    const { id } = (await accounts.authenticate('anna@firm.example', PASSWORD))!
    const own = { account_id: id }
    await db.table('recovery_codes').insert({ ...own, code_hash: 'x' })
    await db
      .table('one_time_passwords')
      .insert({ ...own, sealed_secret: 'x', last_step: 0, added_at: 0 })
    const { status, said } = await ace(['user:reset-factors', 'Anna@firm.example'])
    assert.equal(status, 0, said)
    for (const table of ['one_time_passwords', 'recovery_codes', 'sessions']) {
      assert.lengthOf(await db.from(table), 0)
    }
    assert.lengthOf(await db.from('outbox').where('kind', 'factors_reset'), 1)
    const unknown = await ace(['user:reset-factors', 'niemand'])
    assert.equal(unknown.status, 1)
    assert.match(unknown.said, /There is no account niemand/)
  })

  test('refuses with one sentence: {wrong}')
    .with([
      { wrong: '--role=boss', says: /boss is not one of administrator, staff, client, auditor/ },
      { wrong: '--email=anna', says: /anna is not a mail address/ },
    ])
    .run(async ({ assert, cleanup }, { wrong, says }) => {
      const { ace, db } = await installation({ cleanup })
      const flag = wrong.split('=')[0]!
      const args = anna.filter((given) => !given.startsWith(flag))
      const { status, said } = await ace([...args, wrong])
      assert.equal(status, 1, said)
      assert.match(said, says)
      assert.notMatch(said, / at .*:\d+/)
      assert.lengthOf(await db.from('users'), 0)
    })
})
