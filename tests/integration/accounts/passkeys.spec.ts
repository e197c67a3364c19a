import { test } from '@japa/runner'
import { PermanentError } from '#errors'
import { freshFactors } from './fresh_factors.ts'

test('a passkey gets another name from its owner only, and the ledger says so', async ({
  assert,
  cleanup,
}) => {
  const { account, accounts, configured, db, passkeys, person } = await freshFactors({ cleanup })
  const stranger = await accounts.createUser(
    person({ email: 'eve@firm.example', fullName: 'Eve' }),
    'command line'
  )
  await db.table('passkeys').insert({
    ...{ id: 1, account_id: account.id, credential_id: 'x', public_key: 'x', counter: 0 },
    ...{ transports: '', name: 'Telefon', added_at: 0 },
  })
  const name = async () => (await passkeys.of(account.id))[0]!.name
  await passkeys.rename(stranger, 1, 'Meiner')
  for (const wrong of ['  ', 'x'.repeat(101), 'a\u0007b']) {
    await assert.rejects(() => passkeys.rename(account, 1, wrong), PermanentError)
  }
  assert.equal(await name(), 'Telefon')
  await passkeys.rename(account, 1, ' Schlüssel  im Büro ')
  await passkeys.rename(account, 1, 'Schlüssel im Büro')
  assert.equal(await name(), 'Schlüssel im Büro')
  const renamed = (await configured()).filter(({ what }) => what === 'passkey renamed')
  assert.deepEqual(renamed, [
    {
      ...{ what: 'passkey renamed', account: account.id, by: account.id },
      ...{ from: 'Telefon', name: 'Schlüssel im Büro' },
    },
  ])
})
