import { connect, type Socket } from 'node:net'

/** A client that says exactly what it is told, and reads whole replies. Lines come back without CRLF. */
export class SmtpClient {
  readonly socket: Socket
  #received = ''
  #closed = false
  #changed: () => void = () => {}

  /** @param from the client's own address */
  constructor(port: number, host = '127.0.0.1', from?: string) {
    this.socket = connect({ port, host, noDelay: true, localAddress: from })
    this.socket.on('data', (chunk) => {
      this.#received += chunk.toString('latin1')
      this.#changed()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#closed = true
      this.#changed()
    })
  }

  /** Greets with EHLO and hands back the listener's lines. */
  static async open(port: number, host?: string, from?: string): Promise<SmtpClient> {
    const client = new SmtpClient(port, host, from)
    await client.reply()
    await client.command('EHLO client.example')
    return client
  }

  write(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  }

  command(line: string): Promise<string> {
    this.write(`${line}\r\n`)
    return this.reply()
  }

  /** The next reply, all its lines joined by \n. Fails after 10 seconds, or when the listener is gone. */
  async reply(): Promise<string> {
    const deadline = Date.now() + 10_000
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.#received)
      if (match) {
        this.#received = this.#received.slice(match[0].length)
        return match[0].trimEnd().replaceAll('\r\n', '\n')
      }
      if (this.#closed || Date.now() > deadline) {
        throw new Error(
          `no reply; connection ${this.#closed ? 'closed' : 'open'}, got ${JSON.stringify(this.#received)}`
        )
      }
      await this.#change(deadline - Date.now())
    }
  }

  /** Resolves when the listener has closed the connection. */
  async closed(): Promise<void> {
    const deadline = Date.now() + 10_000
    while (!this.#closed) {
      if (Date.now() > deadline) {
        throw new Error('the connection is still open')
      }
      await this.#change(deadline - Date.now())
    }
  }

  /** Brings a transaction to the point where content is expected. */
  async data(from = 'me@firm.example', to = 'client@example.net'): Promise<string> {
    await this.command(`MAIL FROM:<${from}>`)
    await this.command(`RCPT TO:<${to}>`)
    return this.command('DATA')
  }

  end(): void {
    this.socket.destroy()
  }

  #change(within: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, within)
      this.#changed = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
