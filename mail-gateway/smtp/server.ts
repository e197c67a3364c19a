import { randomBytes } from 'node:crypto'
import { type AddressInfo, type BlockList, isIP } from 'node:net'
import type { Envelope } from '#archive'
import { TransientError } from '#errors'
import type { SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { type SmtpLimits, smtpLimits } from '../limits.ts'
import { Crowd } from './crowd.ts'
import { IncomingMessage } from './incoming_message.ts'
import { type Reply, ReplyError, replyFor, textOf } from './reply.ts'
import { type Client, outgoingPolicy, type SessionPolicy } from './session_policy.ts'
import { WireServer } from './wire.ts'

export interface ListenerLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface ListenerOptions {
  host: string
  /** 0 takes a free one; see `port` after start(). */
  port: number
  /** Name in the greeting. */
  hostname: string
  /** Bytes after dot-unstuffing; announced as SIZE. */
  maxMessageSize: number
  /** Who may relay. An IPv4-mapped IPv6 address counts as the IPv4 address it is. */
  trustedNetworks: BlockList
  /**
   * Takes responsibility for a message, or throws. What it throws decides the reply (#errors), and it must leave nothing
   * behind then. The source fails when the client goes away or the content breaks a rule.
   */
  accept: (source: AsyncIterable<Buffer>, envelope: Envelope) => Promise<{ number: number }>
  /** Whether the firm has named a mail domain. */
  hasDomain: () => boolean | Promise<boolean>
  /** Whether an X-Webtresor-Id carries our HMAC. */
  isOurs: (id: string) => boolean
  log: ListenerLog
  policy?: SessionPolicy
  limits?: Partial<SmtpLimits>
  now?: () => Date
}

/** How long it is believed that there is a domain, in milliseconds. */
const DOMAIN_KNOWN = 10_000

/**
 * The outgoing listener: submission and relay from the firm's mail server.
 *
 * Promises `250` only after accept() has resolved on content read to its end. Offers neither AUTH nor TLS, so it relays for
 * TRUSTED_NETWORKS only. Every refusal has a reference that leads to the exact reason in the log.
 */
export class OutgoingListener {
  readonly #options: ListenerOptions
  readonly #limits: SmtpLimits
  readonly #policy: SessionPolicy
  readonly #server: WireServer
  readonly #running = new Set<Promise<void>>()
  #domainKnownUntil = 0

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#limits = { ...smtpLimits, ...options.limits }
    this.#policy = options.policy ?? outgoingPolicy
    const crowd = new Crowd(this.#limits, (address) => this.#isTrusted(address))
    this.#server = new WireServer(this.#limits, crowd, {
      name: options.hostname,
      size: options.maxMessageSize,
      hideENHANCEDSTATUSCODES: false,
      disabledCommands: ['AUTH', 'STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', 'HELP'],
      heloResponse: '%s',
      // The library's address syntax is stricter than the world; session_policy.ts judges addresses.
      lenientAddressParsing: true,
      disableReverseLookup: true,
      maxRecipients: this.#limits.recipients,
      maxCommandLength: this.#limits.commandLine,
      socketTimeout: this.#limits.idle,
      logger: false,
      onMailFrom: (address, session, done) => void this.#judge('mail', address, session).then(done),
      onRcptTo: (address, session, done) =>
        void this.#judge('recipient', address, session).then(done),
      onData: (stream, session, done) => {
        const receiving = this.#receive(stream, session).then(
          (text) => done(null, text),
          (error: Error) => done(error)
        )
        this.#running.add(receiving)
        void receiving.finally(() => this.#running.delete(receiving))
      },
    })
    this.#server.on('error', (error) => {
      options.log.info({ err: error }, 'smtp connection failed')
    })
    this.#server.on('crowded', (client: string, others: number) => {
      options.log.warn({ client, others }, 'smtp connections refused')
    })
  }

  /** Port that the listener stands on. */
  get port(): number {
    return (this.#server.server.address() as AddressInfo).port
  }

  /** Resolves when the port is open; fails when it cannot be opened. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.server.once('error', reject)
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.server.off('error', reject)
        resolve()
      })
    })
  }

  /** Opens no new session, lets messages that are under way end within `grace` milliseconds, then cuts them. */
  async stop(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.server.close(() => resolve()))
    const deadline = setTimeout(() => this.#server.cut(), grace)
    this.#server.dismiss()
    await closed
    clearTimeout(deadline)
    await Promise.allSettled(this.#running)
  }

  async #judge(
    step: 'mail' | 'recipient',
    { address, args }: SMTPServerAddress,
    session: SMTPServerSession
  ): Promise<Error | null> {
    try {
      const reply = this.#policy[step](await this.#client(session), {
        address,
        parameters: Object.keys(args || {}),
        smtpUtf8: session.envelope.smtpUtf8 === true,
      })
      return reply && this.#refusal(reply, session, step)
    } catch (error) {
      return this.#refusal(replyFor(error), session, error)
    }
  }

  async #client(session: SMTPServerSession): Promise<Client> {
    const trusted = this.#isTrusted(session.remoteAddress)
    return { trusted, hasDomain: trusted && (await this.#hasDomain()) }
  }

  /** Asked for each command: floods of them are not to reach the database. */
  async #hasDomain(): Promise<boolean> {
    if (performance.now() < this.#domainKnownUntil) return true
    const has = await this.#options.hasDomain()
    if (has) this.#domainKnownUntil = performance.now() + DOMAIN_KNOWN
    return has
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address)
    return (
      family !== 0 && this.#options.trustedNetworks.check(address, family === 6 ? 'ipv6' : 'ipv4')
    )
  }

  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const { accept, isOurs, maxMessageSize, now = () => new Date() } = this.#options
    // A client can vanish before accept() listens; without a listener the error would not reach the iterator.
    stream.on('error', () => {})
    const client: Client = { trusted: this.#isTrusted(session.remoteAddress), hasDomain: true }
    const message = new IncomingMessage(stream.iterator({ destroyOnReturn: false }), {
      maxSize: maxMessageSize,
      bareNewlines: this.#policy.takesBareNewlines(client),
      maxReceived: this.#limits.received,
      isOurs,
    })
    try {
      const { number } = await accept(message, {
        mailFrom: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
        rcptTo: session.envelope.rcptTo.map(({ address }) => address),
        clientAddress: session.remoteAddress,
        helo: session.hostNameAppearsAs,
        smtpUtf8: session.envelope.smtpUtf8 === true,
        bodyType: session.envelope.bodyType === '8bitmime' ? '8bitmime' : '7bit',
        receivedAt: now(),
        trusted: client.trusted,
      })
      if (!message.complete) {
        throw new TransientError('E_NOT_READ', `Message ${number} was accepted without its end.`)
      }
      return `2.0.0 ${number}`
    } catch (error) {
      // The client reads replies only after its last byte: whatever else it sends goes nowhere.
      await message.abandon()
      if (!(await sunk(stream, this.#limits.sunk))) {
        this.#server.cutSession(session.id)
      }
      throw this.#refusal(replyFor(error), session, error)
    }
  }

  #refusal(reply: Reply, session: SMTPServerSession, reason: unknown) {
    const reference = newReference()
    const fields = { reference, reply: textOf(reply), client: session.remoteAddress, err: reason }
    if (reply.code < 500) {
      this.#options.log.warn(fields, 'smtp deferred')
    } else {
      this.#options.log.info(fields, 'smtp refused')
    }
    return new ReplyError(reply, reference)
  }
}

/** Reads to the end and keeps nothing. False: there was no end within so many bytes. */
async function sunk(stream: SMTPServerDataStream, bytes: number): Promise<boolean> {
  let size = 0
  try {
    for await (const chunk of stream) {
      size += (chunk as Buffer).length
      if (size > bytes) return false
    }
  } catch {
    // The client is gone, and with it whatever else it had to say.
  }
  return true
}

/** Short enough to be read out on the telephone. */
function newReference(): string {
  return randomBytes(5).toString('hex')
}
