import { execFileSync } from 'node:child_process'
import { assert } from '@japa/assert'
import { apiClient } from '@japa/api-client'
import { browserClient } from '@japa/browser-client'
import { pluginAdonisJS } from '@japa/plugin-adonisjs'
import app from '@adonisjs/core/services/app'
import type { Config } from '@japa/runner/types'
import testUtils from '@adonisjs/core/services/test_utils'
import { authApiClient } from '@adonisjs/auth/plugins/api_client'
import { sessionApiClient } from '@adonisjs/session/plugins/api_client'
import { shieldApiClient } from '@adonisjs/shield/plugins/api_client'
import { chromium, type Browser } from 'playwright'

/** Debian's Chromium; without the background flags it knocks at hosts that a closed network refuses. */
const chromiumFlags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let browser: Browser

export const plugins: Config['plugins'] = [
  assert(),
  pluginAdonisJS(app),
  apiClient(),
  sessionApiClient(app),
  authApiClient(app),
  shieldApiClient(),
  browserClient({
    runInSuites: ['browser'],
    launcher: async () => {
      const executablePath = '/usr/bin/chromium-headless-shell'
      browser = await chromium.launch({ executablePath, args: chromiumFlags })
      return browser
    },
  }),
]

export const runnerHooks: Required<Pick<Config, 'setup' | 'teardown'>> = {
  setup: [],
  teardown: [],
}

/** A page that a failed test leaves open goes on listening to the server, which would wait for it for ever. */
async function closePages() {
  for (const context of browser.contexts()) await context.close()
}

/** The HTTP suites share one application with a migrated database in a folder of its own; others start what `npm start` does. */
export const configureSuite: Config['configureSuite'] = (suite) => {
  if (['browser', 'functional'].includes(suite.name)) {
    suite.setup(() => testUtils.db().migrate())
    suite.setup(() => testUtils.httpServer().start())
  }
  if (suite.name === 'browser') {
    suite.onGroup((group) => group.each.teardown(closePages))
    suite.onTest((test) => test.teardown(closePages))
  }
  if (['browser', 'e2e', 'integration', 'long'].includes(suite.name)) {
    suite.setup(() => void execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'pipe' }))
  }
}
