import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/**
 * The table that Postfix asks for every recipient, by its tcp_table(5) protocol: tests change it while Postfix
 * runs. Addresses compare in lower case.
 */
export async function startAccessTable() {
  const replies = new Map<string, string>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let pending = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (pending + chunk).split('\n')
      pending = lines.pop() ?? ''
      for (const line of lines) socket.write(answer(line))
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  function answer(line: string): string {
    const key = decodeURIComponent(line.replace(/^get /, '')).toLowerCase()
    const reply = replies.get(key)
    return reply === undefined ? '500 not%20found\n' : `200 ${encodeURIComponent(reply)}\n`
  }

  return {
    port: (server.address() as { port: number }).port,
    set: (recipient: string, reply: string) => void replies.set(recipient.toLowerCase(), reply),
    remove: (recipient: string) => void replies.delete(recipient.toLowerCase()),
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
