import { test } from '@japa/runner'
import { isOutage, PermanentError, TransientError } from '#errors'

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code })

test.group('Outages', () => {
  test('{$self} passes by itself')
    .with([
      new TransientError('E_DISK_FULL', 'full'),
      coded('EIO'),
      coded('ENOSPC'),
      coded('ECONNREFUSED'),
      coded('SQLITE_IOERR_FSYNC'),
      coded('SQLITE_BUSY_SNAPSHOT'),
      coded('08006'),
      coded('57P01'),
      new Error('delete from "parts" where "number" = $1 - Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
      new Error('outer', { cause: coded('EIO') }),
    ])
    .run(({ assert }, error) => assert.isTrue(isOutage(error)))

  test('{$self} stays however often it is tried')
    .with([
      new PermanentError('E_TOO_LARGE', 'too large'),
      new PermanentError('E_TOO_LARGE', 'too large', { cause: coded('EIO') }),
      new TypeError('Cannot read properties of undefined'),
      coded('ERR_INVALID_ARG_TYPE'),
      coded('SQLITE_CONSTRAINT_UNIQUE'),
      coded('SQLITE_CORRUPT'),
      coded('23505'),
      coded('42P01'),
    ])
    .run(({ assert }, error) => assert.isFalse(isOutage(error)))
})
