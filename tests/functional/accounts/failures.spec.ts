import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { Archive } from '#archive'
import { TransientError } from '#errors'
import { signedIn } from '../../visitor.ts'

const SECRETS = /SQLITE_IOERR|insert into|\/var\/lib|blob 17/

test('What went wrong inside is told to nobody: neither to pages nor to scripts')
  .with([
    { error: new Error('insert into `secrets` - SQLITE_IOERR /var/lib/webtresor'), status: 500 },
    { error: new TransientError('E_DATABASE_BUSY', 'blob 17 at /var/lib is busy'), status: 503 },
  ])
  .run(async ({ assert, cleanup }, { error, status }) => {
    const { visitor } = await signedIn({ role: 'staff' })
    app.container.swap(Archive, () => {
      throw error
    })
    cleanup(() => app.container.restore(Archive))
    for (const accept of ['text/html', 'application/json', 'application/vnd.api+json']) {
      const response = await visitor.request('/archiv', { headers: { accept } })
      const text = await response.text()
      assert.equal(response.status, status, accept)
      assert.notMatch(text, SECRETS, accept)
      assert.include(text, 'Es ist nichts verloren gegangen', accept)
      // The log has the rest, under this reference.
      assert.include(text, response.headers.get('x-request-id')!, accept)
    }
  })
