import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Scanning, type ScanningOptions } from '#scanning'
import { freshStorage, temporaryFolder } from '../blobs/storage.ts'
import { freePort } from '../../servers/child.ts'
import { EICAR, startClamd } from '../../servers/clamd.ts'

type Cleanup = TestContext['cleanup']

/** Limits that make hanging short, in milliseconds. */
const patience = { connect: 300, stall: 300, answer: 300 }

async function open(cleanup: Cleanup, options: Partial<ScanningOptions>) {
  const { db, blobs } = await freshStorage({ cleanup })
  return new Scanning({ db, blobs, url: undefined, sockets: [], patience, ...options })
}

/** A peer that is no clamd: it does with each connection what the test says. */
async function peer(cleanup: Cleanup, behave: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    behave(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `tcp://127.0.0.1:${(server.address() as { port: number }).port}`
}

/** Reads the stream to its end, then says `answer`. */
function afterAll(answer: string | Buffer) {
  return (socket: Socket) => {
    let last = Buffer.alloc(0)
    socket.on('data', (data) => {
      last = Buffer.concat([last, data]).subarray(-4)
      if (last.equals(Buffer.alloc(4))) socket.end(answer)
    })
  }
}

const harmless = () => Readable.from([Buffer.from('harmless')])
const large = () => Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(1024 * 1024, 1)))

/** What the administrator is told. */
async function problemOf(scanning: Scanning): Promise<string> {
  const { problem } = await scanning.health()
  return problem ?? ''
}

test.group('scanning in trouble', () => {
  test('nobody listens: unavailable and down', async ({ assert, cleanup }) => {
    const scanning = await open(cleanup, { url: `tcp://127.0.0.1:${await freePort()}` })
    assert.containSubset(await scanning.scanStream(harmless()), { status: 'unavailable' })
    assert.equal(await scanning.mode(), 'down')
    assert.match(await problemOf(scanning), /ECONNREFUSED/)
  })

  test('a clamd that hangs ends as unavailable, in the answer and in the middle of a stream', async ({
    assert,
    cleanup,
  }) => {
    const clamd = await startClamd()
    cleanup(() => clamd.stop())
    const scanning = await open(cleanup, { url: clamd.url })
    clamd.pause()
    const verdicts = await Promise.all([
      scanning.scanStream(harmless()),
      scanning.scanStream(large()),
    ])
    for (const verdict of verdicts) {
      assert.deepEqual(verdict, {
        status: 'unavailable',
        reason: 'the scanner does not answer',
      })
    }
    assert.equal(await scanning.mode(), 'down')
    clamd.resume()
    assert.equal(await scanning.mode(), 'on')
    assert.deepEqual(await scanning.scanStream(harmless()), { status: 'clean' })
  })

  test('a clamd that dies in the middle of a stream is unavailable', async ({
    assert,
    cleanup,
  }) => {
    const clamd = await startClamd()
    const scanning = await open(cleanup, { url: clamd.url })
    async function* dying() {
      yield EICAR
      await clamd.stop()
      for (let i = 0; i < 16; i++) yield Buffer.alloc(1024 * 1024)
    }
    assert.containSubset(await scanning.scanStream(Readable.from(dying())), {
      status: 'unavailable',
    })
  })

  test('rubbish {$i} is never clean')
    .with([
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'stream: OK',
      'stream: OK\n',
      'stream: OK\0\0',
      'stream: OK\0stream: Eicar FOUND\0',
      '\0',
      'stream: OK'.repeat(2000),
    ])
    .run(async ({ assert, cleanup }, answer) => {
      const scanning = await open(cleanup, { url: await peer(cleanup, afterAll(answer)) })
      assert.containSubset(await scanning.scanStream(harmless()), { status: 'unavailable' })
      assert.equal(await scanning.mode(), 'down')
    })

  test('the peer that says exactly OK shows that the others fail by their answers', async ({
    assert,
    cleanup,
  }) => {
    const scanning = await open(cleanup, { url: await peer(cleanup, afterAll('stream: OK\0')) })
    assert.deepEqual(await scanning.scanStream(harmless()), { status: 'clean' })
  })

  test('OK at once, before anything was read, is not clean', async ({ assert, cleanup }) => {
    const url = await peer(cleanup, (socket) => void socket.write('stream: OK\0'))
    const scanning = await open(cleanup, { url })
    assert.containSubset(await scanning.scanStream(large()), { status: 'unavailable' })
  })

  test('a peer that hangs up at once is unavailable', async ({ assert, cleanup }) => {
    const url = await peer(cleanup, (socket) => void socket.destroy())
    const scanning = await open(cleanup, { url })
    assert.containSubset(await scanning.scanStream(large()), { status: 'unavailable' })
  })

  test('a slow scanner is waited for: the source is read at its pace', async ({
    assert,
    cleanup,
  }) => {
    let reading: Socket | undefined
    const url = await peer(cleanup, (socket) => {
      reading = socket
      socket.pause()
    })
    const scanning = await open(cleanup, { url, patience: { ...patience, stall: 400 } })
    let produced = 0
    async function* source() {
      for (; produced < 200; produced++) yield Buffer.alloc(1024 * 1024)
    }
    const verdict = await scanning.scanStream(Readable.from(source()))
    assert.equal(verdict.status, 'unavailable')
    assert.isBelow(produced, 50)
    reading?.destroy()
  })
})

test.group('whether scanning is on', () => {
  test('off by configuration: off, and nothing is clean', async ({ assert, cleanup }) => {
    const scanning = await open(cleanup, { url: 'off' })
    assert.equal(await scanning.mode(), 'off')
    assert.containSubset(await scanning.scanStream(harmless()), { status: 'unavailable' })
    assert.match(await problemOf(scanning), /CLAMD_URL=off/)
  })

  test('nothing named, found or ever seen: off', async ({ assert, cleanup }) => {
    const folder = await temporaryFolder({ cleanup })
    const scanning = await open(cleanup, { sockets: [join(folder, 'clamd.ctl')] })
    assert.equal(await scanning.mode(), 'off')
    assert.match(await problemOf(scanning), /No virus scanner was found/)
  })

  test('found at a usual socket: on; seen once and gone: down; off only when told so', async ({
    assert,
    cleanup,
  }) => {
    const { db, blobs } = await freshStorage({ cleanup })
    const clamd = await startClamd()
    const sockets = ['/nowhere/clamd.ctl', clamd.socket]
    const again = (url: string | undefined) => new Scanning({ db, blobs, url, sockets, patience })
    assert.equal(await again(undefined).mode(), 'on')
    assert.deepEqual(await again(undefined).scanStream(harmless()), { status: 'clean' })

    await clamd.stop()
    assert.equal(await again(undefined).mode(), 'down')
    assert.containSubset(await again(undefined).scanStream(harmless()), { status: 'unavailable' })
    assert.equal(await again('off').mode(), 'off')
    assert.equal(await again(undefined).mode(), 'down')
  })

  test('a URL that is none is refused with a sentence', async ({ assert, cleanup }) => {
    const { db, blobs } = await freshStorage({ cleanup })
    assert.throws(
      () => new Scanning({ db, blobs, url: 'clamd:3310' }),
      'CLAMD_URL=clamd:3310 is not tcp://host:port or unix:/path'
    )
  })
})
