import { test } from '@japa/runner'
import { Accounts } from '#accounts'
import { freshAccounts, PASSWORD } from './fresh_accounts.ts'

test.group('accounts', () => {
  test('sign in with address and password, however the address is typed', async ({
    assert,
    cleanup,
  }) => {
    const { accounts, person } = await freshAccounts({ cleanup })
    const { id } = await accounts.createUser(person(), 'command line')
    const account = await accounts.authenticate(' ANNA@Firm.Example ', PASSWORD)
    assert.deepEqual(account, {
      id,
      email: 'anna@firm.example',
      username: null,
      fullName: 'Anna Berger',
      role: 'staff',
      locale: null,
    })
  })

  test('sign in with a user name, however it is typed, and never with another’s', async ({
    assert,
    cleanup,
  }) => {
    const { accounts, person } = await freshAccounts({ cleanup })
    const { id } = await accounts.createUser(person({ username: 'Jörg.Berger' }), 'command line')
    for (const typed of ['jörg.berger', ' JÖRG.BERGER ', 'jo\u0308rg.berger']) {
      assert.equal((await accounts.authenticate(typed, PASSWORD))?.id, id, typed)
    }
    assert.isNull(await accounts.authenticate('', PASSWORD))
    const error = await accounts
      .createUser(person({ email: 'j@firm.example', username: 'JÖRG.berger' }), 'command line')
      .catch((e) => e)
    assert.equal(error.code, 'E_USERNAME_TAKEN')
  })

  test('an umlaut is the same letter on every keyboard', async ({ assert, cleanup }) => {
    const { accounts, person } = await freshAccounts({ cleanup })
    await accounts.createUser(person({ password: 'gr\u00fcne \u00c4pfel!' }), 'command line')
    assert.isNotNull(await accounts.authenticate('anna@firm.example', 'gru\u0308ne A\u0308pfel!'))
  })

  test('an unknown, a disabled and a right address get the same answer after the same work', async ({
    assert,
    cleanup,
  }) => {
    const { db, hash, ledger, now, person } = await freshAccounts({ cleanup })
    const verified: string[] = []
    const counting = {
      make: (value: string) => hash.make(value),
      verify(hashed: string, value: string) {
        verified.push(value)
        return hash.verify(hashed, value)
      },
    }
    const accounts = new Accounts({ db, ledger, now, hash: counting })
    await accounts.createUser(person(), 'command line')
    await accounts.createUser(person({ email: 'gone@firm.example' }), 'command line')
    await db.from('users').where('email', 'gone@firm.example').update({ disabled_at: 1 })
    const answers = [
      await accounts.authenticate('anna@firm.example', 'falsch falsch falsch'),
      await accounts.authenticate('niemand@firm.example', PASSWORD),
      await accounts.authenticate('gone@firm.example', PASSWORD),
      await accounts.authenticate('no address at all', PASSWORD),
    ]
    assert.deepEqual(answers, [null, null, null, null])
    assert.lengthOf(verified, 4)
  })

  test('{$i}: {email} is refused with {code}')
    .with([
      { email: 'anna@firm.example', more: { password: 'elf zeichen' }, code: 'E_PASSWORD' },
      { email: 'anna@firm.example', more: { password: 'x'.repeat(513) }, code: 'E_PASSWORD' },
      ...[
        'Passwort2026!',
        'qwertyuiop1234',
        'motherfucker',
        'aaaabbbbaaaabbbb',
        '123456789012',
      ].map((password) => ({
        email: 'anna@firm.example',
        more: { password },
        code: 'E_PASSWORD_COMMON',
      })),
      ...['anna@firm.example', 'AnnaBerger2026', 'webtresor-1234', 'a.berger-anna'].map(
        (password) => ({
          email: 'anna@firm.example',
          more: { password, username: 'a.berger' },
          code: 'E_PASSWORD_NAME',
        })
      ),
      ...['an', 'anna@home', '.anna', 'аnna', 'anna berger'].map((username) => ({
        email: 'anna@firm.example',
        more: { username },
        code: 'E_USERNAME',
      })),
      { email: 'anna', more: {}, code: 'E_ADDRESS' },
      { email: 'anna@firm', more: {}, code: 'E_ADDRESS' },
      { email: 'a b@firm.example', more: {}, code: 'E_ADDRESS' },
      { email: 'anna\r\nbcc:x@firm.example', more: {}, code: 'E_ADDRESS' },
      { email: 'anna@firm.example', more: { fullName: 'Anna\u0000' }, code: 'E_NAME' },
      { email: 'anna@firm.example', more: { role: 'boss' }, code: 'E_ROLE' },
    ])
    .run(async ({ assert, cleanup }, { email, more, code }) => {
      const { accounts, person } = await freshAccounts({ cleanup })
      const error = await accounts
        .createUser(person({ email, ...more }), 'command line')
        .catch((e) => e)
      assert.equal(error.code, code)
    })

  test('an address has one account, also for two who are quick', async ({ assert, cleanup }) => {
    const { accounts, person, configured } = await freshAccounts({ cleanup })
    const outcomes = await Promise.allSettled([
      accounts.createUser(person(), 'command line'),
      accounts.createUser(person({ email: 'Anna@firm.example' }), 'command line'),
    ])
    const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.equal(refused?.reason.code, 'E_EMAIL_TAKEN')
    assert.lengthOf(await configured(), 1)
  })
})

test.group('mailboxes', () => {
  test('staff in the firm’s domains get theirs, nobody else does', async ({ assert, cleanup }) => {
    const { accounts, person } = await freshAccounts({ cleanup })
    await accounts.seedDomains(['firm.example'])
    const cases = [
      { email: 'anna@firm.example', role: 'staff', has: true },
      { email: 'beate@other.example', role: 'staff', has: false },
      { email: 'carl@firm.example', role: 'client', has: false },
      { email: 'dora@firm.example', role: 'auditor', has: false },
      { email: 'emil@sub.firm.example', role: 'staff', has: false },
    ]
    for (const { email, role, has } of cases) {
      const made = await accounts.createUser(person({ email, role }), 'command line')
      assert.equal(made.hasMailbox, has, email)
      assert.equal(await accounts.ownsMailbox(made.id, email), has, email)
    }
  })

  test('an address that was somebody’s is given to nobody without a decision', async ({
    assert,
    cleanup,
  }) => {
    const { accounts, db, person, now } = await freshAccounts({ cleanup })
    await accounts.seedDomains(['firm.example'])
    const former = await accounts.createUser(person(), 'command line')
    await db
      .from('mailboxes')
      .where('user_id', former.id)
      .update({ until_at: now().getTime(), address: 'info@firm.example' })
    const next = await accounts.createUser(person({ email: 'info@firm.example' }), 'command line')
    assert.isFalse(next.hasMailbox)
    assert.deepEqual(await accounts.mailboxesOf(next.id), [])
    assert.deepEqual(await accounts.mailboxesOf(former.id), [
      { address: 'info@firm.example', fromAt: new Date(0), untilAt: now() },
    ])
    assert.isFalse(await accounts.ownsMailbox(former.id, 'info@firm.example'))
  })

  test('staff older than their domain get theirs when it is added', async ({ assert, cleanup }) => {
    const { accounts, person, configured } = await freshAccounts({ cleanup })
    const anna = await accounts.createUser(person(), 'command line')
    const carl = await accounts.createUser(
      person({ email: 'carl@firm.example', role: 'client' }),
      'command line'
    )
    assert.isTrue(await accounts.addDomain('firm.example', 'command line'))
    assert.isTrue(await accounts.ownsMailbox(anna.id, 'Anna@FIRM.example'))
    assert.isFalse(await accounts.ownsMailbox(carl.id, 'carl@firm.example'))
    const events = await configured()
    assert.deepInclude(events.at(-1), { mailboxes: [anna.id] })
  })
})

test.group('domains', () => {
  test('are compared in one form', async ({ assert, cleanup }) => {
    const { accounts } = await freshAccounts({ cleanup })
    await accounts.seedDomains(['Müller.Example', 'firm.example'])
    assert.sameMembers(await accounts.domains(), ['xn--mller-kva.example', 'firm.example'])
    for (const inside of [
      'müller.example',
      'a@MÜLLER.example',
      'x@firm.example.',
      'FIRM.example',
    ]) {
      assert.isTrue(await accounts.isLocal(inside), inside)
    }
    for (const outside of ['evilfirm.example', 'a@firm.example.net', '', '@', 'a b']) {
      assert.isFalse(await accounts.isLocal(outside), outside)
    }
  })

  test('are seeded once; what the configuration no longer names stays', async ({
    assert,
    cleanup,
  }) => {
    const { accounts, configured } = await freshAccounts({ cleanup })
    await accounts.seedDomains(['firm.example'])
    await accounts.seedDomains(['firm.example', 'second.example'])
    await accounts.seedDomains([])
    assert.deepEqual(await accounts.domains(), ['firm.example', 'second.example'])
    assert.isFalse(await accounts.addDomain('FIRM.example', 'command line'))
    assert.lengthOf(await configured(), 2)
  })

  test('that another process adds are known within five seconds', async ({ assert, cleanup }) => {
    const { accounts, db, hash, ledger, now, clock } = await freshAccounts({ cleanup })
    assert.deepEqual(await accounts.domains(), [])
    const other = new Accounts({ db, hash, ledger, now })
    await other.addDomain('firm.example', 'command line')
    clock.at += 5001
    assert.deepEqual(await accounts.domains(), ['firm.example'])
  })

  test('{domain} is none')
    .with(
      [
        'firm',
        'firm..example',
        '-firm.example',
        'firm.example/x',
        'a@firm.example',
        '10.20.30.44',
      ].map((domain) => ({ domain }))
    )
    .run(async ({ assert, cleanup }, { domain }) => {
      const { accounts } = await freshAccounts({ cleanup })
      const error = await accounts.addDomain(domain, 'command line').catch((e) => e)
      assert.equal(error.code, 'E_DOMAIN')
    })
})
