import { Env } from '@adonisjs/core/env'

/**
 * Reads the environment, the one place that does together with `config/`. Names and defaults are a contract
 * (docs/operate.md). Everything is optional: defaults stand in `config/`, where contradictions are refused too.
 */

function fail(name: string, value: string, wants: string): never {
  throw new Error(`${name}=${value} is not usable: it must be ${wants}`)
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

function oneOf<const T extends string>(...choices: T[]) {
  return (name: string, value?: string): T | undefined => {
    if (value === undefined || value === '') return undefined
    if (!choices.includes(value as T)) return fail(name, value, `one of ${choices.join(', ')}`)
    return value as T
  }
}

const anything = text(() => true, 'text')

export default await Env.create(new URL('../', import.meta.url), {
  NODE_ENV: Env.schema.enum.optional(['development', 'production', 'test'] as const),
  HOST: anything,
  PORT: port,
  APP_URL: url(['http', 'https'], 'a URL with http or https'),
  APP_KEY: Env.schema.secret.optional(),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  TZ: anything,

  DATA_DIR: anything,
  KEYS_DIR: anything,
  RECOVERY_KEY: anything,
  DATABASE_URL: url(['postgres', 'postgresql'], 'a URL with postgres'),
  QUEUE_URL: url(['redis', 'rediss', 'postgres', 'postgresql'], 'a URL with redis or postgres'),
  BLOB_URL: url(['s3'], 'a URL with s3'),

  SMTP_HOST: anything,
  SMTP_OUT_PORT: port,
  SMTP_IN_PORT: port,
  LOCAL_DOMAINS: anything,
  TRUSTED_NETWORKS: anything,
  TRUSTED_PROXIES: anything,
  RELAY_URL: url(['smtp', 'smtps'], 'a URL with smtp or smtps, such as smtp://user:pass@host:587'),
  DELIVER_URL: url(['smtp', 'smtps', 'lmtp'], 'a URL with smtp, smtps or lmtp'),
  MAX_MESSAGE_SIZE: size,
  MAIL_FROM: text((value) => /^[^\s@<>]+@[^\s@<>]+$/.test(value), 'a mail address'),

  CLAMD_URL: text(
    (value) => /^(off|unix:\/.+|tcp:\/\/[^/]+:\d+)$/.test(value),
    'tcp://host:port, unix:/path or off'
  ),

  LINK_CONFIRMATION: oneOf('code', 'none'),
  LINK_EXPIRY: days,
  NOTICE_LANGUAGE: oneOf('de', 'en'),
  KEEP_TYPES: anything,
  MIN_REPLACE_SIZE: size,
  INTERNAL_KEEPS_ATTACHMENTS: oneOf('true', 'false'),
  IMPRINT_URL: url(['http', 'https'], 'a URL with http or https'),
  PRIVACY_URL: url(['http', 'https'], 'a URL with http or https'),
})
