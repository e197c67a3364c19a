import { test } from '@japa/runner'
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { uploadDoor, type UploadDoor } from '../product_upload.ts'
import { failCalls } from '../servers/failing_calls.ts'
import { downloaded, judged } from './interrupted_upload.ts'
import { Installation, type Webtresor } from './webtresor.ts'

const MIB = 1024 * 1024

/** Bytes of the file, and of it in the first request. */
const SIZE = 6 * MIB + 1234
const FIRST = 2 * MIB + 99

interface Fault {
  /** In strace's words; each call of that kind fails. */
  injection: string
  status: number
  /** What the client is told, in German. */
  says: RegExp
}

/** `datasync` makes bytes of an upload durable; the rest is what SQLite and the blobs use beside. */
const faults: Fault[] = [
  { injection: 'fdatasync:error=EIO', status: 500, says: /Es ist nichts verloren gegangen/ },
  { injection: 'fdatasync:error=ENOSPC', status: 507, says: /keinen Platz mehr/ },
  { injection: 'pwrite64:error=ENOSPC', status: 507, says: /keinen Platz mehr/ },
]

const tus = { 'Tus-Resumable': '1.0.0', 'Accept-Language': 'de', 'Accept': 'application/json' }

async function create({ url, headers, vault }: UploadDoor): Promise<string> {
  const metadata = { filename: 'Kassenbuch.bin', vault: String(vault), conflict: 'keep' }
  const response = await fetch(`${url}/hochladen`, {
    method: 'POST',
    headers: {
      ...headers,
      ...tus,
      'Upload-Length': String(SIZE),
      'Upload-Metadata': Object.entries(metadata)
        .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
        .join(),
    },
  })
  return new URL(response.headers.get('location')!, url).href
}

async function append({ headers }: UploadDoor, address: string, offset: number, bytes: Buffer) {
  const response = await fetch(address, {
    method: 'PATCH',
    headers: {
      ...headers,
      ...tus,
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
    },
    body: new Uint8Array(bytes),
  })
  const { status } = response
  return { status, said: await response.text(), offset: response.headers.get('upload-offset') }
}

async function offsetOf({ headers }: UploadDoor, address: string): Promise<number> {
  const response = await fetch(address, { method: 'HEAD', headers: { ...headers, ...tus } })
  return Number(response.headers.get('upload-offset'))
}

test('the kernel says no while a file comes up: the client is told, nothing counts that is not there, and it goes on', async ({
  assert,
  cleanup,
}) => {
  const at = await Installation.create()
  cleanup(() => at.remove())
  let server: Webtresor = await at.start()
  const door = await uploadDoor(at.url, server.output())

  for (const { injection, status, says } of faults) {
    const bytes = randomBytes(SIZE)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const address = await create(door)
    const first = await append(door, address, 0, bytes.subarray(0, FIRST))
    assert.deepInclude(first, { status: 204, offset: String(FIRST) }, injection)

    const failing = await failCalls(server.pid, injection)
    const refused = await append(door, address, FIRST, bytes.subarray(FIRST))
    const failed = failing.failed()
    await failing.stop()
    assert.isAbove(failed, 0, injection)
    assert.equal(refused.status, status, `${injection}: ${refused.said}`)
    assert.match(refused.said, says, injection)
    assert.notMatch(refused.said, /i\/o error|errno|\/tmp\//i, injection)

    // What was told before stands, and nothing that was not made durable.
    assert.equal(await offsetOf(door, address), FIRST, injection)
    assert.lengthOf(at.rows(`SELECT 1 FROM versions WHERE sha256 = '${sha256}'`), 0)
    // What the process remembers of it is not what holds: the disk is asked anew.
    await server.kill()
    server = await at.start()
    assert.equal(await offsetOf(door, address), FIRST, injection)

    const last = await append(door, address, FIRST, bytes.subarray(FIRST))
    assert.deepInclude(last, { status: 204, offset: String(SIZE) }, `${injection}: ${last.said}`)
    let row = await judged(at, 30_000)
    for (let i = 0; row.sha256 !== sha256 && i < 100; i++) {
      await pause(100)
      row = await judged(at, 30_000)
    }
    assert.deepEqual(await downloaded(door, row.entry_id), { status: 200, size: SIZE, sha256 })
  }
  assert.lengthOf(at.rows('SELECT 1 FROM versions'), faults.length)
  const verified = await at.ace('archive:verify')
  assert.equal(verified.code, 0, verified.output)
  assert.equal((await server.stop()).code, 0)
}).timeout(240_000)
