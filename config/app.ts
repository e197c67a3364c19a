import env from '#start/env'
import gateway from '#config/gateway'
import storage from '#config/storage'
import { PermanentError } from '#errors'
import { defineConfig } from '@adonisjs/core/http'
import { Secret } from '@adonisjs/core/helpers'
import { secretFile } from '#secret_file'
import { randomBytes } from 'node:crypto'
import proxyaddr from 'proxy-addr'

const port = env.get('PORT') ?? 3333
const host = env.get('HOST') ?? 'localhost'

/** Base of every link, without a slash at the end. */
export const appUrl = (env.get('APP_URL') ?? `http://${host}:${port}`).replace(/\/+$/, '')

/** Pages and links are reached over https, directly or through a proxy. */
export const isHttps = appUrl.startsWith('https:')

/** Who reads `/metrics` knows it; without it there are none. */
export const metricsToken = env.get('METRICS_TOKEN')

/** Name of the ledger in its checkpoints, as signed notes have it. */
export const ledgerName = `${new URL(appUrl).hostname}/ledger`

/** Every page links to these; the administrator is warned while they are empty. */
export const imprintUrl = env.get('IMPRINT_URL')
export const privacyUrl = env.get('PRIVACY_URL')

/** The time zone in which people read dates. */
export const timeZone = env.get('TZ') ?? 'Europe/Berlin'

/** Signs and encrypts cookies. Made at the first start, unless the environment brings it. */
export const appKey =
  env.get('APP_KEY') ??
  new Secret(
    await secretFile(`${storage.keysDir}/app.key`, () => randomBytes(32).toString('base64url'))
  )

const proxies = (env.get('TRUSTED_PROXIES') ?? '').split(/[\s,]+/).filter(Boolean)
for (const proxy of proxies) {
  try {
    proxyaddr.compile(proxy)
  } catch {
    throw new PermanentError(
      'E_CONFIGURATION',
      `TRUSTED_PROXIES contains ${proxy}, which is neither an IP address nor a network such as 10.0.0.0/8`
    )
  }
}

export const http = defineConfig({
  generateRequestId: true,
  // The guard against forged requests asks for the method: a form that called itself a GET would pass it.
  allowMethodSpoofing: false,
  useAsyncLocalStorage: false,
  trustProxy: proxies.length > 0 ? proxyaddr.compile(proxies) : () => false,
  cookie: {
    domain: '',
    path: '/',
    maxAge: '2h',
    httpOnly: true,
    secure: isHttps,
    sameSite: 'lax',
  },
})

const contradictions: [boolean, string][] = [
  [
    env.get('BLOB_URL') !== undefined,
    'BLOB_URL is not supported yet: leave it out, blobs lie in DATA_DIR',
  ],
  [
    env.get('SMTP_IN_PORT') !== undefined,
    'SMTP_IN_PORT is not supported yet: leave it out, incoming mail comes later',
  ],
  [
    env.get('DELIVER_URL') !== undefined,
    'DELIVER_URL is not supported yet: leave it out, incoming mail comes later',
  ],
  [
    gateway.outPort !== 0 && gateway.outPort === port,
    `PORT and SMTP_OUT_PORT are both ${port}: web pages and mail need ports of their own`,
  ],
  [
    gateway.trustedNetworkList.some((entry) => /\/0$/.test(entry)),
    'TRUSTED_NETWORKS contains the whole internet: that would be an open relay',
  ],
  [
    relaysToItself(),
    'RELAY_URL points at the listener of SMTP_OUT_PORT itself: every mail would come back',
  ],
  [
    port === 0 && env.get('APP_URL') === undefined,
    'PORT=0 takes any free port, so links need APP_URL to be set',
  ],
  [
    gateway.minReplaceSize > gateway.maxMessageSize,
    'MIN_REPLACE_SIZE is above MAX_MESSAGE_SIZE: no attachment would ever be replaced',
  ],
  [
    gateway.maxMessageSize < 64 * 1024,
    'MAX_MESSAGE_SIZE is below 64 KiB: hardly any mail would pass',
  ],
]

function relaysToItself(): boolean {
  const { smarthost } = gateway
  if (!smarthost) return false
  const local = ['localhost', '127.0.0.1', '::1', gateway.host].includes(smarthost.host)
  return local && smarthost.port === gateway.outPort
}

for (const [holds, sentence] of contradictions) {
  if (holds) throw new PermanentError('E_CONFIGURATION', sentence)
}
