import env from '#start/env'
import { normalDomain } from '#accounts'
import { PermanentError } from '#errors'
import { parseRelayUrl, type Smarthost } from '../mail-gateway/relay/relay_url.ts'
import { BlockList, isIP } from 'node:net'

/** What the mail gateway is told: listeners, who may relay, where mail goes next, and how links are made. */

function list(value: string | undefined): string[] {
  return (value ?? '').split(/[\s,]+/).filter(Boolean)
}

function network(name: string, entry: string, into: BlockList) {
  const [address, prefix] = entry.split('/')
  const family = isIP(address ?? '')
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)
  if (!family || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) {
    throw new PermanentError(
      'E_CONFIGURATION',
      `${name} contains ${entry}, which is neither an IP address nor a network such as 10.0.0.0/8`
    )
  }
  into.addSubnet(address!, bits, family === 4 ? 'ipv4' : 'ipv6')
}

function networks(name: string, entries: string[]): BlockList {
  const blocks = new BlockList()
  for (const entry of entries) network(name, entry, blocks)
  return blocks
}

function domain(entry: string): string {
  try {
    return normalDomain(entry)
  } catch {
    throw new PermanentError(
      'E_CONFIGURATION',
      `LOCAL_DOMAINS contains ${entry}, which is not a mail domain such as firm.example`
    )
  }
}

function smarthost(url: string | undefined): Smarthost | undefined {
  try {
    return url === undefined ? undefined : parseRelayUrl(url)
  } catch (error) {
    throw new PermanentError('E_CONFIGURATION', (error as Error).message)
  }
}

const trustedNetworks = list(env.get('TRUSTED_NETWORKS') ?? '127.0.0.0/8,::1')

const gatewayConfig = {
  host: env.get('SMTP_HOST') ?? '127.0.0.1',
  outPort: env.get('SMTP_OUT_PORT') ?? 2525,
  maxMessageSize: env.get('MAX_MESSAGE_SIZE') ?? 150 * 1024 * 1024,
  trustedNetworks: networks('TRUSTED_NETWORKS', trustedNetworks),
  trustedNetworkList: trustedNetworks,
  localDomains: list(env.get('LOCAL_DOMAINS')).map(domain),
  relayUrl: env.get('RELAY_URL'),
  smarthost: smarthost(env.get('RELAY_URL')),
  mailFrom: env.get('MAIL_FROM'),
  clamdUrl: env.get('CLAMD_URL'),

  linkConfirmation: env.get('LINK_CONFIRMATION') ?? 'code',
  linkExpiryDays: env.get('LINK_EXPIRY') ?? 30,
  noticeLanguage: env.get('NOTICE_LANGUAGE') ?? 'de',
  keepTypes: list(env.get('KEEP_TYPES')).map((type) => type.toLowerCase()),
  minReplaceSize: env.get('MIN_REPLACE_SIZE') ?? 0,
  internalKeepsAttachments: env.get('INTERNAL_KEEPS_ATTACHMENTS') !== 'false',
} as const

export default gatewayConfig
