import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** One SMTP session that answers line by line. */
class Session {
  #socket: Socket
  #received = ''
  #failure: Error | undefined

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1')
    this.#socket.setEncoding('utf8').on('data', (text: string) => (this.#received += text))
    this.#socket.on('error', (error) => (this.#failure = error))
    this.#socket.on('close', () => (this.#failure ??= new Error(`closed: ${this.#received}`)))
  }

  write(text: string) {
    this.#socket.write(text)
  }

  /** @throws Error when another reply comes, or the connection ends */
  async expect(code: string): Promise<void> {
    for (;;) {
      const reply = /^(\d{3}) .*\r\n/m.exec(this.#received)
      if (reply) {
        this.#received = ''
        if (reply[1] !== code) throw new Error(`${reply[0]} instead of ${code}`)
        return
      }
      if (this.#failure) throw this.#failure
      const more = new AbortController()
      await Promise.race([
        once(this.#socket, 'data', { signal: more.signal }).catch(() => {}),
        once(this.#socket, 'close', { signal: more.signal }).catch(() => {}),
      ])
      more.abort()
    }
  }

  end() {
    this.#socket.end('QUIT\r\n')
  }
}

/**
 * Sends the same mail in one session again and again until `stopped`, about every 50 ms.
 *
 * @returns milliseconds from the end of each mail to its acknowledgement, in the order sent
 */
export async function probe(port: number, mail: string, stopped: () => boolean): Promise<number[]> {
  const session = new Session(port)
  const took: number[] = []
  await session.expect('220')
  session.write('EHLO prober.example\r\n')
  await session.expect('250')
  while (!stopped()) {
    session.write('MAIL FROM:<me@firm.example>\r\n')
    await session.expect('250')
    session.write('RCPT TO:<probe@example.net>\r\n')
    await session.expect('250')
    session.write('DATA\r\n')
    await session.expect('354')
    const begin = performance.now()
    session.write(`${mail}\r\n.\r\n`)
    await session.expect('250')
    took.push(performance.now() - begin)
    await pause(50)
  }
  session.end()
  return took
}
