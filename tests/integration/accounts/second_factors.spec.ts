import { test } from '@japa/runner'
import { execFileSync } from 'node:child_process'
import { freshFactors, visit } from './fresh_factors.ts'

const STEP = 30_000

/** The code of Debian's oathtool, which knows nothing of our library. */
function oathtool(secret: string, at: number): string {
  const now = new Date(at).toISOString().replace('T', ' ').replace(/\..*/, ' UTC')
  return execFileSync('oathtool', ['--totp', '--base32', secret, '--now', now]).toString().trim()
}

async function enrolled(place: Parameters<typeof freshFactors>[0]) {
  const house = await freshFactors(place)
  const { factors, account, clock, enrol } = house
  const { proposal, secret } = await enrol()
  const code = oathtool(secret, clock.at)
  const codes = await factors.addOneTimePassword(account, proposal, code, visit)
  return { ...house, secret, codes: codes!, first: code }
}

test.group('one-time passwords', () => {
  test('begin with a code of the app, come with ten recovery codes, and say so by mail and ledger', async ({
    assert,
    cleanup,
  }) => {
    const house = await freshFactors({ cleanup })
    const { factors, account, clock, enrol, db, told, configured } = house
    const { proposal, secret, uri, image } = await enrol()
    assert.match(uri, /^otpauth:\/\/totp\/Webtresor:anna(%40|@)firm\.example\?/)
    assert.match(image, /^<svg [^>]*viewBox/)
    assert.notMatch(image, /style=|<script/)

    const error = await factors
      .addOneTimePassword(account, proposal, '000000', visit)
      .catch((e) => e)
    assert.equal(error.code, 'E_CODE')
    assert.isFalse(await factors.has(account.id))

    const code = oathtool(secret, clock.at)
    const codes = await factors.addOneTimePassword(account, proposal, code, visit)
    assert.lengthOf(new Set(codes), 10)
    assert.isTrue(await factors.has(account.id))
    assert.equal((await factors.of(account.id)).codes, 10)
    assert.deepEqual(await told(), ['factor_added'])
    assert.deepInclude((await configured()).at(-1), {
      what: 'one-time password added',
      account: account.id,
    })
    const stored = JSON.stringify([
      await db.from('one_time_passwords'),
      await db.from('recovery_codes'),
    ])
    for (const plain of [secret, codes![0]!, codes![0]!.replaceAll('-', '')]) {
      assert.notInclude(stored, plain)
    }
    const twice = await factors.addOneTimePassword(account, proposal, code, visit).catch((e) => e)
    assert.equal(twice.code, 'E_FACTOR_EXISTS')
    assert.isFalse(await factors.verify(account.id, code, visit), 'the code that confirmed')
  })

  test('are taken one step early or late, once each, and never an older one after a newer', async ({
    assert,
    cleanup,
  }) => {
    const { factors, account, clock, secret } = await enrolled({ cleanup })
    const verify = (code: string) => factors.verify(account.id, code, visit)
    clock.at += 10 * STEP
    const at = (steps: number) => oathtool(secret, clock.at + steps * STEP)
    const [early, exact, late] = [at(-1), at(0), at(1)]
    for (const steps of [-2, 2]) assert.isFalse(await verify(at(steps)), `${steps} steps`)
    assert.isTrue(await verify(`${early.slice(0, 3)} ${early.slice(3)}`))
    assert.isFalse(await verify(early), 'replayed')
    assert.isTrue(await verify(late))
    assert.isFalse(await verify(late), 'replayed')
    assert.isFalse(await verify(exact), 'older than the last one')
    for (const junk of ['', '12345', '1234567', 'abcdef', '１２３４５６', "1' OR 1"]) {
      assert.isFalse(await verify(junk), junk)
    }
  })

  test('and recovery codes are good once, also for many at the same moment', async ({
    assert,
    cleanup,
  }) => {
    const house = await enrolled({ cleanup })
    const { factors, account, clock, secret, codes, told } = house
    clock.at += 5 * STEP
    const code = oathtool(secret, clock.at)
    const typed = codes[3]!.toUpperCase().replaceAll('-', ' ')
    for (const one of [code, typed]) {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => factors.verify(account.id, one, visit))
      )
      assert.lengthOf(answers.filter(Boolean), 1)
    }
    assert.equal((await factors.of(account.id)).codes, 9)
    assert.deepEqual(await told(), ['factor_added', 'code_used'])
    const fresh = await factors.renewCodes(account, visit)
    assert.isFalse(await factors.verify(account.id, codes[4]!, visit), 'an old code')
    assert.isTrue(await factors.verify(account.id, fresh[0]!, visit))
  })

  test('of one account do not open another', async ({ assert, cleanup }) => {
    const { factors, accounts, person, clock, secret, codes } = await enrolled({ cleanup })
    const other = await accounts.createUser(person({ email: 'b@firm.example' }), 'command line')
    clock.at += 5 * STEP
    assert.isFalse(await factors.verify(other.id, oathtool(secret, clock.at), visit))
    assert.isFalse(await factors.verify(other.id, codes[0]!, visit))
  })

  test('say what is wrong when APP_KEY is another; recovery codes work all the same', async ({
    assert,
    cleanup,
  }) => {
    const { factors, account, clock, secret, codes, key } = await enrolled({ cleanup })
    key.name = 'second'
    clock.at += 5 * STEP
    const error = await factors
      .verify(account.id, oathtool(secret, clock.at), visit)
      .catch((e) => e)
    assert.equal(error.code, 'E_SEALED')
    assert.isTrue(await factors.verify(account.id, codes[0]!, visit))
  })

  test('go with their recovery codes, unless the role needs a factor; an administrator resets them', async ({
    assert,
    cleanup,
  }) => {
    const { factors, account, db, told, configured } = await enrolled({ cleanup })
    assert.isTrue(await factors.requireFactor('staff', true, 7))
    assert.isFalse(await factors.requireFactor('staff', true, 7))
    assert.isTrue(await factors.requireFactor('auditor', true, 7))
    assert.deepEqual(await factors.requiredFactors(), ['staff', 'auditor'])
    const error = await factors.removeOneTimePassword(account, visit).catch((e) => e)
    assert.equal(error.code, 'E_FACTOR_REQUIRED')
    assert.isTrue(await factors.has(account.id))

    assert.isTrue(await factors.reset(account.id, 7))
    assert.isFalse(await factors.reset(account.id, 7))
    assert.isFalse(await factors.has(account.id))
    assert.lengthOf(await db.from('recovery_codes'), 0)
    assert.deepEqual(await told(), ['factor_added', 'factors_reset'])
    const events = await configured()
    assert.deepInclude(events.at(-1), { what: 'second factors reset', by: 7 })
    assert.deepInclude(events.at(-3), { what: 'second factor required', role: 'staff', by: 7 })
    await factors.requireFactor('staff', false, 7)
    assert.isFalse(await factors.isRequired('staff'))
  })
})
