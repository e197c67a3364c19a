import type { Socket } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import type { SmtpLimits } from '../limits.ts'
import type { Crowd } from './crowd.ts'
import { DataReader } from './data_reader.ts'
import { type Reply, replies, textOf } from './reply.ts'

/*
 * The library with four of its inner steps replaced. tests/unit/smtp/library.spec.ts notices an upgrade that
 * moves them.
 */

export class WireServer extends SMTPServer {
  readonly #limits: SmtpLimits
  readonly #crowd: Crowd
  #refused = 0
  #refusalsLogged = 0

  constructor(limits: SmtpLimits, crowd: Crowd, options: SMTPServerOptions) {
    super(options)
    this.#limits = limits
    this.#crowd = crowd
  }

  override connect(socket: Socket, options?: { id?: string }): void {
    const address = socket.remoteAddress ?? ''
    if (this.#crowd.full) {
      this.#makeRoomFor(address)
    }
    const leave = this.#crowd.enter(address)
    if (!leave) {
      return this.#turnAway(socket, address)
    }
    const connection = new WireConnection(this, this.#limits, socket, options, {
      leave,
      trusted: this.#crowd.isTrusted(address),
    })
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

  /** Ends a session that has no more claim to a reply. */
  cutSession(id: string): void {
    for (const connection of this.connections) {
      if (connection.id === id) connection._socket.destroy()
    }
  }

  /** Ends all sessions at once. */
  cut(): void {
    for (const connection of this.connections) {
      connection.send(replies.stopping.code, textOf(replies.stopping))
      connection._socket.destroySoon()
    }
  }

  /**
   * One of those goes who have the most connections, the one that said nothing for longest; where nobody has more than his
   * share, one who said nothing for too long. Who is in the middle of a message stays.
   */
  #makeRoomFor(address: string) {
    const share = this.#crowd.presentOf(address) + 1
    const longAgo = performance.now() - this.#limits.patience
    const [first] = [...this.connections]
      .filter((connection) => connection instanceof WireConnection)
      .filter(({ inData }) => !inData)
      .map((connection) => ({ connection, has: this.#crowd.presentOf(connection.address) }))
      .filter(({ has, connection }) => has > share || connection.lastCommand < longAgo)
      .sort((a, b) => b.has - a.has || a.connection.lastCommand - b.connection.lastCommand)
    first?.connection.makeRoom()
  }

  /** Costs a write and no state; a flood of them leaves a line in the log each ten seconds. */
  #turnAway(socket: Socket, address: string) {
    socket.on('error', () => {})
    socket.end(`421 ${this.options.name} ${textOf(replies.crowded)}\r\n`, () => socket.destroy())
    this.#refused++
    if (Date.now() - this.#refusalsLogged >= 10_000) {
      this.emit('crowded', address, this.#refused - 1)
      this.#refusalsLogged = Date.now()
      this.#refused = 0
    }
  }
}

/** Commands of one session that are answered before the others have their turn. */
const IN_A_ROW = 20

/** How long who may relay waits for the greeting, in milliseconds: what is sent blindly comes with the connection. */
const EARLY = 10

class WireConnection extends SMTPConnection {
  readonly #limits: SmtpLimits
  readonly #leave: () => void
  readonly #trusted: boolean
  /** As the socket says it, which is how the crowd counts. */
  readonly address: string
  #errors = 0
  #commands = 0
  #idleCommands = 0
  #recipientCommands = 0
  #stopping = false
  #lastCommand = performance.now()
  #sessionTimer: NodeJS.Timeout | undefined

  constructor(
    server: SMTPServer,
    limits: SmtpLimits,
    socket: Socket,
    options: { id?: string } | undefined,
    { leave, trusted }: { leave: () => void; trusted: boolean }
  ) {
    super(server, socket, options)
    this.#limits = limits
    this.#leave = leave
    this.#trusted = trusted
    this.address = socket.remoteAddress ?? ''
    socket.once('close', leave)
  }

  /** When the last whole command came, or the connection; on the clock of performance.now(). */
  get lastCommand(): number {
    return this.#lastCommand
  }

  get inData(): boolean {
    return Boolean(this._dataStream)
  }

  /** Gives its place to somebody who may have a mail. */
  makeRoom(): void {
    this.#leave()
    this.#dismissWith(replies.crowded)
  }

  override init(): void {
    this.#sessionTimer = setTimeout(() => this.#tooLong(), this.#limits.session)
    if (!this.#trusted) return super.init()
    // The library greets after a tenth of a second, to catch those who talk before. Who may relay is near, and need not wait as long.
    this._setListeners(() => void setTimeout(() => this.connectionReady(), EARLY).unref())
  }

  dismiss(): void {
    this.#stopping = true
    if (!this._dataStream) {
      this.#dismissWith(replies.stopping)
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

  /** A session with a transaction every now and then may go on; one without is playing. */
  override _onCommand(command: Buffer, callback?: () => void): void {
    this.#lastCommand = performance.now()
    const verb = command.toString().slice(0, 4).toUpperCase()
    if (verb === 'DATA') {
      this.#idleCommands = this.#recipientCommands = 0
    } else if (verb === 'RCPT') {
      this.#recipientCommands++
    } else if (verb !== 'QUIT') {
      this.#idleCommands++
    }
    const { idleCommands, recipientCommands } = this.#limits
    if (this.#idleCommands > idleCommands || this.#recipientCommands > recipientCommands) {
      return this.#end(replies.tooManyCommands)
    }
    super._onCommand(command, this.#inTurn(callback))
  }

  /**
   * The library takes our answers to MAIL and RCPT for slow ones, and would go through a whole chunk of them before
   * anybody else has his turn.
   */
  #inTurn(next: (() => void) | undefined): (() => void) | undefined {
    return ++this.#commands % IN_A_ROW === 0 && next ? () => void setImmediate(next) : next
  }

  /** Our replies bring their own enhanced code; the library would add one by the number. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (code >= 500 && code <= 504 && ++this.#errors >= this.#limits.invalidCommands) {
      return this.#end(replies.tooManyErrors)
    }
    const complete = typeof data === 'string' && /^[245]\.\d+\.\d+ /.test(data)
    super.send(code, data, complete ? false : context)
    if (this.#stopping && code !== 421 && code !== 354 && !this._dataStream) {
      this.#dismissWith(replies.stopping)
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

  /** Without waiting for the client to close its side. */
  #dismissWith(reply: Reply) {
    this.#end(reply)
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
