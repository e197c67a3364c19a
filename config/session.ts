import { Sessions } from '#accounts'
import { isHttps } from '#config/app'
import { configProvider } from '@adonisjs/core'
import { defineConfig } from '@adonisjs/session'
import type { SessionStoreFactory } from '@adonisjs/session/types'
import { SessionStore } from '../app/http/session_store.ts'

/** How long sessions live is decided by accounts; the cookie goes when the browser is closed, unless one stays signed in. */
const sessionConfig = defineConfig({
  enabled: true,
  cookieName: 'webtresor',
  clearWithBrowser: true,
  age: '30d',
  cookie: { path: '/', httpOnly: true, secure: isHttps, sameSite: 'lax' },
  store: 'accounts',
  stores: {
    accounts: configProvider.create(async (app): Promise<SessionStoreFactory> => {
      const sessions = await app.container.make(Sessions)
      return (ctx) => new SessionStore(sessions, ctx)
    }),
  },
})

export default sessionConfig
