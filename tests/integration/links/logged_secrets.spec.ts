import { randomUUID } from 'node:crypto'
import { test } from '@japa/runner'
import loggerConfig from '#config/logger'
import { freshHouse } from './house.ts'

const { err } = loggerConfig.loggers.app.serializers

test.group('errors of the database', () => {
  test('hold no code, neither in their text nor in the log', async ({ assert, cleanup }) => {
    const { db } = await freshHouse({ cleanup })
    const secret = '493817 ist Ihr Code'
    const row = { id: randomUUID(), kind: secret, recipient: secret, subject: secret }
    const attempts = [
      () => db.table('outbox').insert(row),
      () => db.table('no_such_table').insert(row),
      () => db.from('outbox').where('no_such_column', secret),
      () => db.transaction((trx) => trx.table('outbox').insert(row)),
    ]
    for (const attempt of attempts) {
      const error: unknown = await attempt().then(
        () => assert.fail('The statement did not fail'),
        (reason: unknown) => reason
      )
      assert.instanceOf(error, Error)
      assert.notInclude((error as Error).message, '493817')
      const logged = JSON.stringify(err(error))
      assert.include(logged, JSON.stringify((error as Error).message))
      assert.notInclude(logged, '493817')
    }
  })

  test('are logged with text, code and cause, and without what drivers hang on them', ({
    assert,
  }) => {
    const cause = Object.assign(new Error('inner'), { detail: 'Failing row contains (493817)' })
    const error = Object.assign(new Error('outer', { cause }), { code: '23502', parameters: [1] })
    const logged = err(error)
    assert.containsSubset(logged, {
      message: 'outer',
      code: '23502',
      cause: { type: 'Error', message: 'inner' },
    })
    assert.notProperty(logged, 'parameters')
    assert.notInclude(JSON.stringify(logged), '493817')
  })
})
