import { connect } from 'node:net'

/**
 * Opens a TCP connection, sends `request`, and returns what comes back until `enough` is content or the peer
 * closes. Tests use it to see whether a server answers at all.
 */
export function talk(
  port: number,
  request: string,
  enough: (answer: string) => boolean,
  limit = 2000
): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const done = () => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(limit, done)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      answer += chunk
      if (enough(answer)) done()
    })
    socket.on('end', done)
    socket.on('error', reject)
  })
}
