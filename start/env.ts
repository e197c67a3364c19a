import { Env, errors } from '@adonisjs/core/env'
import { Secret } from '@adonisjs/core/helpers'
import { PermanentError } from '#errors'
import { isIP } from 'node:net'

/**
 * Reads the environment, the one place that does together with `config/`. Names and defaults are a contract
 * (docs/operate.md). Everything is optional: defaults stand in `config/`, where contradictions are refused too.
 */

function fail(name: string, value: string, wants: string): never {
  // What stands before the @ of a URL is a password.
  const shown = value.replace(/^([a-z]+:\/\/)[^/]*@/, '$1…@')
  throw new Error(`${name}=${shown} is not usable: it must be ${wants}`)
}

function text(check: (value: string) => boolean, wants: string) {
  return (name: string, value?: string): string | undefined => {
    if (value === undefined || value === '') return undefined
    return check(value) ? value : fail(name, value, wants)
  }
}

function url(schemes: string[], wants: string) {
  return text((value) => {
    if (!URL.canParse(value)) return false
    return schemes.includes(new URL(value).protocol.slice(0, -1))
  }, wants)
}

const port = (name: string, value?: string): number | undefined => {
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    return fail(name, value, 'a port between 0 and 65535')
  }
  return number
}

const units: Record<string, number> = { '': 1, 'K': 1024, 'M': 1024 ** 2, 'G': 1024 ** 3 }

/** Bytes, also as `150M` or `150MiB`. */
const size = (name: string, value?: string): number | undefined => {
  if (value === undefined || value === '') return undefined
  const match = /^(\d+)\s*([KMG]?)(?:i?B)?$/i.exec(value)
  if (!match) return fail(name, value, 'a size in bytes, such as 157286400 or 150M')
  return Number(match[1]) * units[match[2]!.toUpperCase()]!
}

/** Whole days, also as `30d`. */
const days = (name: string, value?: string): number | undefined => {
  if (value === undefined || value === '') return undefined
  const match = /^([1-9]\d{0,3})d?$/.exec(value)
  return match ? Number(match[1]) : fail(name, value, 'a number of days, such as 30d')
}

const count = (name: string, value?: string): number | undefined => {
  if (value === undefined || value === '') return undefined
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value)
  return fail(name, value, 'a number of files and folders, such as 200000')
}

function oneOf<const T extends string>(...choices: T[]) {
  return (name: string, value?: string): T | undefined => {
    if (value === undefined || value === '') return undefined
    if (!choices.includes(value as T)) return fail(name, value, `one of ${choices.join(', ')}`)
    return value as T
  }
}

function isTimeZone(value: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: value }))
  } catch {
    return false
  }
}

/** The base of links: pages are not served below a path, and a link has a path of its own. */
function isBase(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, pathname, search, hash } = new URL(value)
  return /^https?:$/.test(protocol) && pathname === '/' && username + search + hash === ''
}

/** Without the value in what is said: it is a secret. */
const secret = (name: string, value?: string): Secret<string> | undefined => {
  if (value === undefined || value === '') return undefined
  if (value.length >= 32) return new Secret(value)
  throw new Error(`${name} is not usable: it must be a secret of 32 characters at least`)
}

const anything = text(() => true, 'text')

const schema = {
  NODE_ENV: oneOf('development', 'production', 'test'),
  HOST: anything,
  PORT: port,
  APP_URL: text(
    isBase,
    'http:// or https:// with a host and no path, such as https://webtresor.firm.example'
  ),
  APP_KEY: secret,
  METRICS_TOKEN: secret,
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  TZ: text(isTimeZone, 'a time zone such as Europe/Berlin'),

  DATA_DIR: anything,
  KEYS_DIR: anything,
  RECOVERY_KEY: anything,
  DATABASE_URL: url(['postgres', 'postgresql'], 'a URL with postgres'),
  QUEUE_URL: url(['redis', 'rediss', 'postgres', 'postgresql'], 'a URL with redis or postgres'),
  BLOB_URL: url(['s3'], 'a URL with s3'),

  SMTP_HOST: text(
    (value) => isIP(value) > 0 || value === 'localhost',
    'an IP address of this machine'
  ),
  SMTP_OUT_PORT: port,
  SMTP_IN_PORT: port,
  LOCAL_DOMAINS: anything,
  TRUSTED_NETWORKS: anything,
  TRUSTED_PROXIES: anything,
  RELAY_URL: url(['smtp', 'smtps'], 'a URL with smtp or smtps, such as smtp://user:pass@host:587'),
  DELIVER_URL: url(['smtp', 'smtps', 'lmtp'], 'a URL with smtp, smtps or lmtp'),
  MAX_MESSAGE_SIZE: size,
  MAX_UPLOAD_SIZE: size,
  MAX_VAULT_ENTRIES: count,
  MAIL_FROM: text((value) => /^[^\s@<>]+@[^\s@<>]+$/.test(value), 'a mail address'),

  CLAMD_URL: text(
    (value) =>
      /^(off|unix:\/.+|tcp:\/\/[^/]+:\d+)$/.test(value) && (value === 'off' || URL.canParse(value)),
    'tcp://host:port, unix:/path or off'
  ),

  LINK_CONFIRMATION: oneOf('code', 'none'),
  LINK_EXPIRY: days,
  NOTICE_LANGUAGE: oneOf('de', 'en'),
  KEEP_TYPES: text(
    (value) =>
      value.split(/[\s,]+/).every((type) => /^([\w!#$&^.+-]+\/([\w!#$&^.+-]+|\*))?$/.test(type)),
    'a list of types such as text/calendar, image/*'
  ),
  MIN_REPLACE_SIZE: size,
  INTERNAL_KEEPS_ATTACHMENTS: oneOf('true', 'false'),
  IMPRINT_URL: url(['http', 'https'], 'a URL with http or https'),
  PRIVACY_URL: url(['http', 'https'], 'a URL with http or https'),
}

/** @throws PermanentError `E_CONFIGURATION` with a sentence per variable that is wrong */
async function read() {
  try {
    return await Env.create(new URL('../', import.meta.url), schema)
  } catch (error) {
    if (!(error instanceof errors.E_INVALID_ENV_VARIABLES)) throw error
    throw new PermanentError('E_CONFIGURATION', error.help.replace(/^- /gm, ''))
  }
}

export default await read()
