import { randomBytes } from 'node:crypto'
import { type AddressInfo, type BlockList, isIP, type Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import type { Envelope } from '#archive'
import { TransientError } from '#errors'
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import { type SmtpLimits, smtpLimits } from '../limits.ts'
import { DataReader } from './data_reader.ts'
import { IncomingMessage } from './incoming_message.ts'
import { type Reply, ReplyError, replies, replyFor, textOf } from './reply.ts'
import { type Client, outgoingPolicy, type SessionPolicy } from './session_policy.ts'

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

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#limits = { ...smtpLimits, ...options.limits }
    this.#policy = options.policy ?? outgoingPolicy
    this.#server = new WireServer(this.#limits, {
      name: options.hostname,
      size: options.maxMessageSize,
      hideENHANCEDSTATUSCODES: false,
      disabledCommands: ['AUTH', 'STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL', 'HELP'],
      heloResponse: '%s',
      // The library's address syntax is stricter than the world; session_policy.ts judges addresses.
      lenientAddressParsing: true,
      disableReverseLookup: true,
      maxClients: this.#limits.connections,
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
    const reference = newReference()
    try {
      const reply = this.#policy[step](await this.#client(session), {
        address,
        parameters: Object.keys(args || {}),
        smtpUtf8: session.envelope.smtpUtf8 === true,
      })
      return reply && this.#refusal(reply, reference, session, step)
    } catch (error) {
      return this.#refusal(replyFor(error), reference, session, error)
    }
  }

  async #client(session: SMTPServerSession): Promise<Client> {
    const trusted = this.#isTrusted(session.remoteAddress)
    return { trusted, hasDomain: trusted && (await this.#options.hasDomain()) }
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
      stream.resume()
      await finished(stream, { writable: false }).catch(() => {})
      throw this.#refusal(replyFor(error), newReference(), session, error)
    }
  }

  #refusal(reply: Reply, reference: string, session: SMTPServerSession, reason: unknown) {
    const fields = { reference, reply: textOf(reply), client: session.remoteAddress, err: reason }
    if (reply.code < 500) {
      this.#options.log.warn(fields, 'smtp deferred')
    } else {
      this.#options.log.info(fields, 'smtp refused')
    }
    return new ReplyError(reply, reference)
  }
}

/** Short enough to be read out on the telephone. */
function newReference(): string {
  return randomBytes(5).toString('hex')
}

/*
 * The library with three of its inner steps replaced. tests/unit/smtp/library.spec.ts notices an upgrade that
 * moves them.
 */

class WireServer extends SMTPServer {
  readonly #limits: SmtpLimits

  constructor(limits: SmtpLimits, options: SMTPServerOptions) {
    super(options)
    this.#limits = limits
  }

  override connect(socket: Socket, options?: { id?: string }): void {
    const connection = new WireConnection(this, this.#limits, socket, options)
    this.connections.add(connection)
    connection.on('error', (error: Error) => this.emit('error', error))
    connection.init()
  }

  /** Ends the sessions that are not in the middle of a message; the others end with its reply. */
  dismiss(): void {
    for (const connection of this.connections) {
      if (connection instanceof WireConnection) {
        connection.dismiss()
      }
    }
  }

  /** Ends all sessions at once. */
  cut(): void {
    for (const connection of this.connections) {
      connection.send(replies.stopping.code, textOf(replies.stopping))
      connection._socket.destroySoon()
    }
  }
}

class WireConnection extends SMTPConnection {
  readonly #limits: SmtpLimits
  #errors = 0
  #stopping = false
  #sessionTimer: NodeJS.Timeout | undefined

  constructor(
    server: SMTPServer,
    limits: SmtpLimits,
    socket: Socket,
    options: { id?: string } | undefined
  ) {
    super(server, socket, options)
    this.#limits = limits
  }

  override init(): void {
    this.#sessionTimer = setTimeout(() => this.#tooLong(), this.#limits.session)
    super.init()
  }

  dismiss(): void {
    this.#stopping = true
    if (!this._dataStream) {
      this.#leave()
    }
  }

  override _createParser(): SMTPStream {
    const stock = super._createParser()
    const parser = new WireStream({ maxCommandLength: this._server.options.maxCommandLength })
    parser.oncommand = stock.oncommand
    for (const listener of stock.listeners('error')) {
      parser.on('error', listener as (error: Error) => void)
    }
    return parser
  }

  /** Our replies bring their own enhanced code; the library would add one by the number. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (code >= 500 && code <= 504 && ++this.#errors >= this.#limits.invalidCommands) {
      return this.#end(replies.tooManyErrors)
    }
    const complete = typeof data === 'string' && /^[245]\.\d+\.\d+ /.test(data)
    super.send(code, data, complete ? false : context)
    if (this.#stopping && code !== 421 && code !== 354 && !this._dataStream) {
      this.#leave()
    }
  }

  /** The library turns xn-- domains into Unicode; the envelope keeps what the client wrote. */
  override _parseAddressCommand(name: string, command: Buffer | string) {
    const parsed = super._parseAddressCommand(name, command)
    const written = /<(?:@[^:<>]*:)?([^<>]*)>/.exec(command.toString())?.[1]
    if (parsed && written !== undefined) {
      parsed.address = written
    }
    return parsed
  }

  override _onClose(): void {
    clearTimeout(this.#sessionTimer)
    super._onClose()
  }

  #end(reply: Reply) {
    super.send(reply.code, textOf(reply), false)
  }

  /** Without waiting for the client to close its side: the process wants to end. */
  #leave() {
    this.#end(replies.stopping)
    this._socket.destroySoon()
  }

  #tooLong() {
    // All data is in, and the decision is ours: a client that hears 421 now would send again what we keep.
    const deciding = this._dataStream && this._parser && !this._parser._dataMode
    if (deciding) {
      this.#sessionTimer = setTimeout(() => this.#tooLong(), this.#limits.idle)
    } else {
      this.#end(replies.tooLong)
    }
  }
}

/** The library's parser with our reading of DATA (see data_reader.ts). */
class WireStream extends SMTPStream {
  #reader = new DataReader()

  override startDataMode(maxBytes?: number | string | null): SMTPServerDataStream {
    this.#reader = new DataReader()
    return super.startDataMode(maxBytes)
  }

  override _feedDataStream(chunk: Buffer, done: (error?: Error | null) => void): void {
    const { content, ended, rest } = this.#reader.read(chunk)
    this._countDataBytes(content.length)
    if (ended) {
      return this._endDataMode(content, rest, done)
    }
    const stream = this._dataStream
    if (!stream || content.length === 0 || !stream.writable || stream.write(content)) {
      return done()
    }
    // A stream that is destroyed never drains; it closes.
    const goOn = () => {
      stream.off('drain', goOn)
      stream.off('close', goOn)
      done()
    }
    stream.on('drain', goOn)
    stream.on('close', goOn)
  }
}
