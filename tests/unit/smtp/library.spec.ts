import { test } from '@japa/runner'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'

/** What mail-gateway/smtp/wire.ts takes for granted about smtp-server; a failure here follows an upgrade. */
test.group('smtp-server', () => {
  test('hands all of DATA to _feedDataStream, and goes on with what _endDataMode is given', async ({
    assert,
  }) => {
    const fed: string[] = []
    const commands: string[] = []
    class Probe extends SMTPStream {
      override _feedDataStream(chunk: Buffer, done: (error?: Error | null) => void) {
        fed.push(chunk.toString())
        this._endDataMode(Buffer.from('content'), Buffer.from('NOOP\r\n'), done)
      }
    }
    const stream = new Probe()
    const ended = new Promise<string>((resolve) => {
      stream.oncommand = (line, done) => {
        commands.push(line.toString())
        if (line.toString() === 'DATA') {
          const data = stream.startDataMode(100)
          let content = ''
          data.on('data', (chunk) => (content += chunk))
          data.on('end', () => {
            assert.equal(data.byteLength, 0)
            stream.continue()
            resolve(content)
          })
        }
        done?.()
      }
    })
    stream.write('DATA\r\nthe wire')
    assert.equal(await ended, 'content')
    await new Promise(setImmediate)
    assert.deepEqual(fed, ['the wire'])
    assert.deepEqual(commands, ['DATA', 'NOOP'])
  })

  test('still takes a dot after a bare LF for stuffing: the reason for a reader of our own', async ({
    assert,
  }) => {
    const stream = new SMTPStream()
    const data = stream.startDataMode()
    stream.write('a\n..b\r\n.\r\n')
    const chunks = await data.toArray()
    assert.equal(Buffer.concat(chunks).toString(), 'a\n.b\r\n')
  })

  test('has the steps that are replaced', ({ assert }) => {
    const steps = [
      '_createParser',
      '_onCommand',
      'send',
      '_parseAddressCommand',
      '_onClose',
      'init',
      '_setListeners',
      'connectionReady',
    ]
    for (const step of steps) {
      assert.isFunction(Reflect.get(SMTPConnection.prototype, step), step)
    }
  })
})
