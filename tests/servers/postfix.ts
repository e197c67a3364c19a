import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { accountOf, freePort, startChild, temporaryFolder } from './child.ts'
import { startAccessTable } from './postfix_access.ts'
import { talk } from './talk.ts'

export interface DeliveredCopy {
  recipient: string
  sender: string
  /** The message as it came over the wire, with CRLF, below the `Received` that Postfix put on top. */
  raw: Buffer
  /** The file's own name in the Maildir: one per copy. */
  name: string
}

export interface PostfixServer {
  url: string
  host: string
  port: number
  /** Temporary folder with its configuration, queue, log and Maildir. */
  folder: string
  /** Every copy delivered so far, oldest first. */
  delivered(): Promise<DeliveredCopy[]>
  /** Waits until `count` copies (of `recipient`, when given) are delivered; fails after `limit` milliseconds. */
  waitForDelivered(count: number, options?: Wait): Promise<DeliveredCopy[]>
  /** From now on RCPT TO this recipient is answered so. Default: `550 5.1.1 No such user`. */
  reject(recipient: string, reply?: string): void
  /** As `reject`, by default with `450 4.2.0 Mailbox busy`. */
  defer(recipient: string, reply?: string): void
  /** Takes `reject` and `defer` back. */
  accept(recipient: string): void
  log(): Promise<string>
  stop(): Promise<void>
}

interface Wait {
  recipient?: string
  limit?: number
}

/** The services of master.cf that receiving and delivering into a Maildir needs. */
const SERVICES = [
  'cleanup   unix  n - n - 0 cleanup',
  'qmgr      unix  n - n 300 1 qmgr',
  'rewrite   unix  - - n - - trivial-rewrite',
  'bounce    unix  - - n - 0 bounce',
  'defer     unix  - - n - 0 bounce',
  'trace     unix  - - n - 0 bounce',
  'proxymap  unix  - - n - - proxymap',
  'virtual   unix  - n n - - virtual',
  'smtp      unix  - - n - - smtp',
  'error     unix  - - n - - error',
  'retry     unix  - - n - - error',
  'discard   unix  - - n - - discard',
  'anvil     unix  - - n - 1 anvil',
  'scache    unix  - - n - 1 scache',
  'showq     unix  n - n - - showq',
  'postlog   unix-dgram n - n - 1 postlogd',
]

const QUEUES = [
  ...['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold'],
  ...['incoming', 'private', 'saved', 'trace'],
]

/** Owner of the Maildir: delivery never runs as root or as Postfix itself. */
const READER = { uid: 65534, gid: 65534 }

/**
 * A real Postfix as smarthost: takes mail from 127.0.0.1 for every recipient and delivers all of it into one
 * Maildir. Needs root, since Postfix does.
 *
 * @param options.settings lines of main.cf that win over ours, e.g. `{ smtputf8_enable: 'no' }`
 */
export async function startPostfix(
  options: { port?: number; settings?: Record<string, string> } = {}
): Promise<PostfixServer> {
  const owner = accountOf('postfix')
  if (!owner) throw new Error('Postfix can only be started by root')
  const port = options.port ?? (await freePort())
  const { folder, remove } = await temporaryFolder('postfix')
  const config = join(folder, 'etc')
  const logFile = join(folder, 'mail.log')
  const access = await startAccessTable()
  await makeQueue(join(folder, 'queue'), owner)
  await writeConfig(config, port, {
    ...mainSettings(folder, access.port, logFile),
    ...options.settings,
  })
  const child = await startChild('/usr/lib/postfix/sbin/master', ['-c', config, '-d'], {
    ownGroup: true,
    env: { MAIL_CONFIG: config },
    ready: async () => /^220 /.test(await talk(port, '', (text) => text.includes('\n'))),
  }).catch(async (error) => {
    throw new Error(`${error.message}\n${await readFile(logFile, 'utf8').catch(() => '')}`)
  })
  const delivered = () => readMaildir(join(folder, 'mail'))
  return {
    url: `smtp://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    folder,
    delivered,
    waitForDelivered: (count, wait = {}) => waitFor(delivered, count, wait, logFile),
    reject: (recipient, reply = '550 5.1.1 No such user') => access.set(recipient, reply),
    defer: (recipient, reply = '450 4.2.0 Mailbox busy') => access.set(recipient, reply),
    accept: (recipient) => access.remove(recipient),
    log: () => readFile(logFile, 'utf8'),
    async stop() {
      await child.stop()
      await access.stop()
      await remove()
    },
  }
}

function mainSettings(folder: string, accessPort: number, logFile: string) {
  return {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    command_directory: '/usr/sbin',
    daemon_directory: '/usr/lib/postfix/sbin',
    maillog_file: logFile,
    maillog_file_prefixes: folder,
    myhostname: 'smarthost.test',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    alias_maps: '',
    local_recipient_maps: '',
    virtual_mailbox_domains: 'static:all',
    virtual_mailbox_base: folder,
    virtual_mailbox_maps: 'static:mail/',
    virtual_minimum_uid: '1',
    virtual_uid_maps: `static:${READER.uid}`,
    virtual_gid_maps: `static:${READER.gid}`,
    virtual_mailbox_limit: '0',
    message_size_limit: '0',
    header_size_limit: '10485760',
    disable_mime_input_processing: 'yes',
    local_header_rewrite_clients: '',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    smtpd_recipient_restrictions: `check_recipient_access tcp:127.0.0.1:${accessPort}, permit_mynetworks, reject`,
    smtpd_client_connection_count_limit: '0',
    smtpd_error_sleep_time: '0',
    smtpd_hard_error_limit: '1000',
    smtpd_peername_lookup: 'no',
    default_process_limit: '40',
    in_flow_delay: '0',
  }
}

async function writeConfig(config: string, port: number, settings: Record<string, string>) {
  await mkdir(config)
  const main = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`)
  await writeFile(join(config, 'main.cf'), main.join(''))
  const services = [`127.0.0.1:${port} inet n - n - - smtpd`, ...SERVICES]
  await writeFile(join(config, 'master.cf'), services.join('\n') + '\n')
}

async function makeQueue(queue: string, owner: { uid: number; gid: number }) {
  await mkdir(queue)
  for (const name of [...QUEUES, '../data']) {
    await mkdir(join(queue, name), { mode: 0o700 })
    await chown(join(queue, name), owner.uid, owner.gid)
  }
  for (const name of ['public', 'maildrop']) {
    await mkdir(join(queue, name))
    await chown(join(queue, name), owner.uid, owner.gid)
    await chmod(join(queue, name), 0o755)
  }
  await mkdir(join(queue, 'pid'), { mode: 0o755 })
  const mail = join(queue, '../mail')
  for (const folder of [mail, join(mail, 'new'), join(mail, 'cur'), join(mail, 'tmp')]) {
    await mkdir(folder)
    await chown(folder, READER.uid, READER.gid)
  }
}

async function readMaildir(mail: string): Promise<DeliveredCopy[]> {
  const names = await readdir(join(mail, 'new'))
  const copies = await Promise.all(
    names.map(async (name) => readCopy(name, await readFile(join(mail, 'new', name))))
  )
  return copies.sort((a, b) => stamp(a.name) - stamp(b.name))
}

/** Maildir names begin `<seconds>.V<device>I<inode>M<microseconds>.<host>`. */
function stamp(name: string): number {
  const [, seconds = '0', micro = '0'] = /^(\d+)\..*M(\d+)\./.exec(name) ?? []
  return Number(seconds) * 1e6 + Number(micro)
}

/**
 * virtual(8) puts Return-Path, maybe X-Original-To, and Delivered-To on top and writes LF; both are undone,
 * so that what is left are the bytes of the wire.
 */
function readCopy(name: string, file: Buffer): DeliveredCopy {
  let text = file.toString('latin1')
  const added: Record<string, string> = {}
  for (const header of ['Return-Path', 'X-Original-To', 'Delivered-To']) {
    if (!text.startsWith(`${header}: `)) continue
    const end = text.indexOf('\n')
    added[header] = Buffer.from(text.slice(header.length + 2, end), 'latin1').toString('utf8')
    text = text.slice(end + 1)
  }
  return {
    name,
    recipient: added['Delivered-To'] ?? '',
    sender: (added['Return-Path'] ?? '').replace(/^<|>$/g, ''),
    raw: Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'),
  }
}

async function waitFor(
  delivered: () => Promise<DeliveredCopy[]>,
  count: number,
  { recipient, limit = 20_000 }: Wait,
  logFile: string
) {
  const until = Date.now() + limit
  for (;;) {
    const all = await delivered()
    const copies = recipient ? all.filter((copy) => copy.recipient === recipient) : all
    if (copies.length >= count) return copies
    if (Date.now() > until) {
      const log = await readFile(logFile, 'utf8').catch(() => '')
      throw new Error(
        `${copies.length} of ${count} copies delivered after ${limit} ms\n${log.slice(-4000)}`
      )
    }
    await pause(50)
  }
}
