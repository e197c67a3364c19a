import { type RelayLimits, relayLimits } from '../limits.ts'
import { ConnectionPool } from './connection_pool.ts'
import type { Courier, DeliveryResult, OutgoingMail } from './courier.ts'
import { OutgoingContent } from './outgoing_content.ts'
import { PeerConnection, type PeerError } from './peer_connection.ts'
import { judge, readReply, refusal } from './peer_reply.ts'
import { parseRelayUrl, type Smarthost } from './relay_url.ts'

export interface SmtpCourierOptions {
  /** As RELAY_URL (relay_url.ts). */
  url: string
  /** Our name in EHLO. */
  hostname: string
  /** Certificates to trust in place of the system's, PEM. */
  ca?: string
  limits?: Partial<RelayLimits>
}

interface Attempt {
  result: DeliveryResult
  /** The line broke before the peer could have taken anything. */
  untouched: boolean
}

const NON_ASCII = /[\u0080-\uffff]/

/** Delivers to a smarthost over reused connections; the contract stands in courier.ts. */
export class SmtpCourier implements Courier {
  readonly #smarthost: Smarthost
  readonly #hostname: string
  readonly #ca: string | undefined
  readonly #limits: RelayLimits
  readonly #pool: ConnectionPool

  constructor({ url, hostname, ca, limits }: SmtpCourierOptions) {
    this.#smarthost = parseRelayUrl(url)
    this.#hostname = hostname
    this.#ca = ca
    this.#limits = { ...relayLimits, ...limits }
    this.#pool = new ConnectionPool(this.#limits)
  }

  deliver(mail: OutgoingMail): Promise<DeliveryResult> {
    return this.#pool.use(async () => {
      const reused = this.#pool.reuse()
      if (reused) {
        const attempt = await this.#transact(reused, mail)
        if (!attempt.untouched) {
          return attempt.result
        }
      }
      let fresh: PeerConnection
      try {
        fresh = await this.#connect()
      } catch (error) {
        return this.#unreachable(error as PeerError)
      }
      const { result } = await this.#transact(fresh, mail)
      return result
    })
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #connect(): Promise<PeerConnection> {
    try {
      return await this.#open(false)
    } catch (error) {
      const { tls, auth } = this.#smarthost
      // Better in the clear than not at all, where TLS was a courtesy; a password never goes that way.
      if ((error as PeerError).code !== 'ETLS' || tls !== 'opportunistic' || auth) {
        throw error
      }
      return this.#open(true)
    }
  }

  #open(plain: boolean): Promise<PeerConnection> {
    const { host, port, tls, auth } = this.#smarthost
    return PeerConnection.open(
      {
        host,
        port,
        name: this.#hostname,
        secure: tls === 'implicit',
        requireTLS: tls === 'required',
        ignoreTLS: plain,
        tls: {
          rejectUnauthorized: tls !== 'opportunistic',
          ...(this.#ca === undefined ? {} : { ca: this.#ca }),
        },
        connectionTimeout: this.#limits.connect,
        greetingTimeout: this.#limits.connect,
        dnsTimeout: this.#limits.connect,
        socketTimeout: this.#limits.stall,
        allowInternalNetworkInterfaces: true,
        logger: false,
      },
      auth
    )
  }

  async #transact(peer: PeerConnection, mail: OutgoingMail): Promise<Attempt> {
    const utf8Address = NON_ASCII.test(mail.from) || NON_ASCII.test(mail.to)
    if (utf8Address && !peer.offers('SMTPUTF8')) {
      this.#pool.keep(peer)
      const said = refusal(553, '5.6.7', 'The next server takes no addresses beyond ASCII')
      return { result: this.#result(said), untouched: false }
    }

    const eightBitUnoffered = mail.eightBit && !peer.offers('8BITMIME')
    const content = new OutgoingContent(mail.content)
    const deadline = setTimeout(
      () => peer.fail('Transaction took too long'),
      this.#limits.transaction
    )
    try {
      const response = await peer.send(
        { ...mail, smtpUtf8: utf8Address || mail.utf8Headers },
        content.stream
      )
      this.#pool.keep(peer)
      const said = readReply(response, this.#limits.reply)
      return {
        result: { ...this.#result({ ...said, status: 'delivered' }), eightBitUnoffered },
        untouched: false,
      }
    } catch (error) {
      await this.#recover(peer, content, error as PeerError)
      if (content.failure) {
        throw content.failure.cause
      }
      const verdict = judge(error as PeerError, this.#limits.reply)
      const lineBroke = verdict.code === 0 || verdict.code === 421
      return {
        result: this.#result(verdict),
        untouched: lineBroke && !content.started,
      }
    } finally {
      clearTimeout(deadline)
      content.stream.destroy()
    }
  }

  /** Keeps the connection where its state is known: the peer has answered, and no content is half sent. */
  async #recover(peer: PeerConnection, content: OutgoingContent, { response, code }: PeerError) {
    const answered = response !== undefined || code === 'EMESSAGE' || code === 'EENVELOPE'
    const whole = !content.started || content.ended
    if (!answered || !whole || !peer.usable) {
      peer.close()
      return
    }
    try {
      await peer.reset()
      this.#pool.keep(peer)
    } catch {
      peer.close()
    }
  }

  /** No session, whatever the reason: the mail is not to blame, and the next try may find the peer well. */
  #unreachable(error: PeerError): DeliveryResult {
    const { reply, code, enhanced } = judge(error, this.#limits.reply)
    return this.#result({ status: 'deferred', reply, code, enhanced })
  }

  #result(said: Pick<DeliveryResult, 'status' | 'reply' | 'code' | 'enhanced'>): DeliveryResult {
    const { host, port } = this.#smarthost
    const remote = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    return { ...said, remote, eightBitUnoffered: false }
  }
}
