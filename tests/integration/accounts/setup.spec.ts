import { test } from '@japa/runner'
import { freshAccounts, PASSWORD } from './fresh_accounts.ts'

const HOUR = 60 * 60 * 1000

const first = {
  email: 'Chef@Firm.Example',
  fullName: 'Chris Chef',
  password: PASSWORD,
  domain: 'Firm.Example',
}

test.group('set-up', () => {
  test('makes the first administrator and the domain of the firm, and says so in the ledger', async ({
    assert,
    cleanup,
  }) => {
    const { accounts, configured } = await freshAccounts({ cleanup })
    const token = await accounts.createSetupLink()
    const account = await accounts.redeemSetup(token!, first)
    assert.deepInclude(account, { email: 'chef@firm.example', role: 'administrator' })
    assert.deepEqual(await accounts.domains(), ['firm.example'])
    const [person, domain] = await configured()
    assert.deepInclude(person, { what: 'account created', account: account.id, by: account.id })
    assert.deepInclude(domain, { what: 'domain added', domain: 'firm.example', by: account.id })
    const [mailbox] = await accounts.mailboxesOf(account.id)
    assert.equal(mailbox?.address, 'chef@firm.example', 'a firm of one sees its mail')
  })

  test('is offered while there is no administrator only', async ({ assert, cleanup }) => {
    const { accounts, person } = await freshAccounts({ cleanup })
    await accounts.createUser(person(), 'command line')
    const token = await accounts.createSetupLink()
    assert.isString(token)
    await accounts.createUser(
      person({ email: 'chef@firm.example', role: 'administrator' }),
      'command line'
    )
    assert.isFalse(await accounts.isSetupOpen(token!))
    assert.isNull(await accounts.createSetupLink())
    await assert.rejects(() => accounts.redeemSetup(token!, first), /set-up link/)
  })

  test('works once, also for two who are quick', async ({ assert, cleanup }) => {
    const { accounts, db } = await freshAccounts({ cleanup })
    const token = await accounts.createSetupLink()
    const outcomes = await Promise.allSettled([
      accounts.redeemSetup(token!, first),
      accounts.redeemSetup(token!, { ...first, email: 'other@firm.example' }),
    ])
    assert.lengthOf(
      outcomes.filter((outcome) => outcome.status === 'fulfilled'),
      1
    )
    assert.lengthOf(await db.from('users'), 1)
    assert.isFalse(await accounts.isSetupOpen(token!))
  })

  test('a link lives 24 hours, and a new one ends the one before', async ({ assert, cleanup }) => {
    const { accounts, clock } = await freshAccounts({ cleanup })
    const old = await accounts.createSetupLink()
    const token = await accounts.createSetupLink()
    assert.isFalse(await accounts.isSetupOpen(old!))
    clock.at += 24 * HOUR - 1
    assert.isTrue(await accounts.isSetupOpen(token!))
    clock.at += 1
    assert.isFalse(await accounts.isSetupOpen(token!))
    await assert.rejects(() => accounts.redeemSetup(token!, first), /set-up link/)
  })

  test('the table knows the hash of the token only', async ({ assert, cleanup }) => {
    const { accounts, db } = await freshAccounts({ cleanup })
    const token = await accounts.createSetupLink()
    assert.notInclude(JSON.stringify(await db.from('setup_links')), token!)
  })

  test('a refused {what} leaves the link good and nothing behind')
    .with([
      { what: 'password', wrong: { password: 'elf zeichen' }, code: 'E_PASSWORD' },
      { what: 'address', wrong: { email: 'chef at firm' }, code: 'E_ADDRESS' },
      { what: 'name', wrong: { fullName: '  ' }, code: 'E_NAME' },
      { what: 'domain', wrong: { domain: 'firm' }, code: 'E_DOMAIN' },
    ])
    .run(async ({ assert, cleanup }, { wrong, code }) => {
      const { accounts, db, configured } = await freshAccounts({ cleanup })
      const token = await accounts.createSetupLink()
      const error = await accounts.redeemSetup(token!, { ...first, ...wrong }).catch((e) => e)
      assert.equal(error.code, code)
      assert.isTrue(await accounts.isSetupOpen(token!))
      assert.lengthOf(await db.from('users'), 0)
      assert.deepEqual(await configured(), [])
    })
})
