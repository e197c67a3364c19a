import { createServer, type AddressInfo, type Socket } from 'node:net'

/** What a peer does with a line: answers, or takes the socket into its own hands. `undefined` answers as a good server would. */
export type Behaviour = (
  line: string,
  socket: Socket,
  session: { connection: number; message: number }
) => string | null | undefined

export interface ScriptedPeer {
  port: number
  url: string
  /** Every line of every connection, `<n> ` in front; content is not among them. */
  lines: string[]
  /** Contents as they came over the wire, without the end of data. */
  messages: Buffer[]
  connections: () => number
  /** Breaks all lines that are open now. */
  hangUp(): void
  stop(): Promise<void>
}

const GOOD: Record<string, string> = {
  GREETING: '220 peer.test ESMTP',
  EHLO: '250-peer.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1000000',
  DATA: '354 go ahead',
  END: '250 2.0.0 queued',
  QUIT: '221 2.0.0 bye',
}

/** A next hop on a real TCP port that does what a test tells it. Pseudo lines: GREETING, and END after the content. */
export async function scriptedPeer(behave: Behaviour = () => undefined): Promise<ScriptedPeer> {
  const lines: string[] = []
  const messages: Buffer[] = []
  const open = new Set<Socket>()
  let count = 0

  const server = createServer((socket) => {
    const connection = ++count
    let buffer = Buffer.alloc(0)
    let inData = false
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})

    const answer = (line: string) => {
      const verb = line.split(/[ :]/)[0]!.toUpperCase()
      const said = behave(line, socket, { connection, message: messages.length })
      const reply = said === undefined ? (GOOD[verb] ?? '250 2.0.0 ok') : said
      if (reply !== null) {
        socket.write(`${reply}\r\n`)
      }
      inData = verb === 'DATA' && reply !== null && reply.startsWith('354')
    }
    answer('GREETING')
    socket.on('data', (chunk) => {
      buffer = Buffer.concat([buffer, chunk])
      for (;;) {
        const stop = inData ? '\r\n.\r\n' : '\r\n'
        const end = buffer.indexOf(stop)
        if (end === -1) {
          return
        }
        const line = buffer.subarray(0, end)
        buffer = buffer.subarray(end + stop.length)
        if (inData) {
          messages.push(line)
          answer('END')
        } else {
          lines.push(`${connection} ${line.toString()}`)
          answer(line.toString())
        }
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const hangUp = () => open.forEach((socket) => socket.destroy())
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    lines,
    messages,
    connections: () => count,
    hangUp,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        hangUp()
      }),
  }
}
