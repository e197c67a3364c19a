import type { Readable } from 'node:stream'
import SMTPConnection, {
  type Options,
  type SentMessageInfo,
  type SMTPError,
} from 'nodemailer/lib/smtp-connection'

/** nodemailer keeps this to itself. tests/gateway/courier.spec.ts notices an upgrade that moves it. */
const sendCommand: (this: SMTPConnection, line: string, logged?: string) => void = Reflect.get(
  SMTPConnection.prototype,
  '_sendCommand'
)

export interface PeerEnvelope {
  from: string
  to: string
  size: number
  eightBit: boolean
  smtpUtf8: boolean
}

/** What ended a step: the peer's reply, or what happened to the line. */
export type PeerError = SMTPError

class Connection extends SMTPConnection {
  declare readonly _supportedExtensions: readonly string[]

  /** nodemailer asks for SMTPUTF8 when an address needs it; a header can need it too (RFC 6531 section 3.4). */
  smtpUtf8 = false

  _sendCommand(line: string, logged?: string): void {
    const asks = this.smtpUtf8 && line.startsWith('MAIL FROM:') && !line.includes('> SMTPUTF8')
    sendCommand.call(this, asks ? `${line} SMTPUTF8` : line, logged)
  }
}

/**
 * One connection to the next hop, ready for mail once `open` has resolved. Steps fail with a PeerError. At most one step at a time.
 */
export class PeerConnection {
  readonly #connection: Connection
  /** Where a line that breaks between two steps is told; a step that is under way has its own. */
  #fail: (error: PeerError) => void = () => {}
  /** Messages that were tried on this connection. */
  used = 0

  private constructor(options: Options) {
    this.#connection = new Connection(options)
    this.#connection.on('error', (error: PeerError) => this.#fail(error))
    this.#connection.on('end', () => {
      // After a 421 the step's own error, which carries the reply, comes right behind.
      const fail = this.#fail
      setImmediate(() => fail(new Error('Connection closed by the peer')))
    })
  }

  /** Connects, greets, secures and signs in, as the options say. */
  static async open(
    options: Options,
    auth: { user: string; pass: string } | null
  ): Promise<PeerConnection> {
    const peer = new PeerConnection(options)
    try {
      await peer.#step<void>((done) => peer.#connection.connect((error) => done(error ?? null)))
      if (auth) {
        await peer.#step((done) => peer.#connection.login({ ...auth }, done))
      }
      return peer
    } catch (error) {
      // A handshake can fail as a broken line; nodemailer tells it apart by this flag alone.
      if (peer.#connection.upgrading) {
        Object.assign(error as PeerError, { code: 'ETLS' })
      }
      peer.close()
      throw error
    }
  }

  /** Whether the peer offered an extension in its last EHLO. */
  offers(extension: string): boolean {
    return this.#connection._supportedExtensions.includes(extension)
  }

  get usable(): boolean {
    return !this.#connection.destroyed
  }

  /** One transaction. Resolves with the reply after the last byte. */
  async send(envelope: PeerEnvelope, content: Readable): Promise<string> {
    this.used += 1
    this.#connection.smtpUtf8 = envelope.smtpUtf8 && this.offers('SMTPUTF8')
    const info = await this.#step<SentMessageInfo | undefined>((done) =>
      this.#connection.send(
        {
          from: envelope.from || false,
          to: [envelope.to],
          size: envelope.size,
          use8BitMime: envelope.eightBit,
        },
        content,
        done
      )
    )
    return info?.response ?? ''
  }

  /** Makes the connection ready for the next message after one that was refused. */
  async reset(): Promise<void> {
    await this.#step((done) => this.#connection.reset(done))
  }

  /** Says goodbye, and waits for the answer `patience` milliseconds at most. */
  quit(patience: number): void {
    this.#connection.quit()
    setTimeout(() => this.close(), patience).unref()
  }

  /** Ends the step that is under way, and the connection with it. */
  fail(reason: string): void {
    this.#fail(new Error(reason))
    this.close()
  }

  /** Drops the line. The peer never sees the end of a message that is under way. */
  close(): void {
    this.#connection.close()
  }

  #step<Result>(
    start: (done: (error: PeerError | null, result?: Result) => void) => void
  ): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      this.#fail = reject
      start((error, result) => (error ? reject(error) : resolve(result)))
    })
  }
}
