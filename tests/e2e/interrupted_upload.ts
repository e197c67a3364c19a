import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import * as tus from 'tus-js-client'
import { tokenIn, uploadDoor, type UploadDoor } from '../product_upload.ts'
import type { Installation } from './webtresor.ts'

const BLOCK = 8 * 1024 * 1024

/** A file of `size` bytes that compress by nothing. @returns its SHA-256, hex */
export async function writeNoise(path: string, size: number): Promise<string> {
  const block = randomBytes(BLOCK)
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  for (let done = 0; done < size; done += BLOCK) {
    block.writeDoubleLE(done, 0)
    const part = block.subarray(0, Math.min(BLOCK, size - done))
    hash.update(part)
    await file.write(part)
  }
  await file.close()
  return hash.digest('hex')
}

/**
 * Brings a file up that is interrupted three times: the connection breaks, the server is killed and started again, the client
 * ends and another one goes on.
 *
 * @returns the door, and how much was on the server after each
 */
export async function interruptedUpload(at: Installation, path: string) {
  let server = await at.start()
  const door = await uploadDoor(at.url, server.output())
  const { size } = await stat(path)
  const kept: number[] = []

  const first = begin(door, path, {})
  const url = await first.address
  await reaching(first, size * 0.1)
  await first.client.abort()
  kept.push(await offsetOf(door, url))

  const second = begin(door, path, { uploadUrl: url })
  await reaching(second, size * 0.5)
  await server.kill()
  await second.failed
  server = await at.start()
  kept.push(await offsetOf(door, url))

  const third = begin(door, path, { uploadUrl: url })
  await reaching(third, size * 0.7)
  await third.client.abort()
  kept.push(await offsetOf(door, url))

  const last = begin(door, path, { uploadUrl: url })
  await last.done
  return { door, server, kept, size }
}

/** Waits until a file has its verdict. @returns its row */
export async function judged(at: Installation, within: number) {
  const deadline = Date.now() + within
  for (;;) {
    const [row] = at.rows<{ entry_id: number; verdict: string; sha256: string | null }>(
      'SELECT entry_id, verdict, sha256 FROM versions ORDER BY id DESC LIMIT 1'
    )
    if (row && row.verdict !== 'pending') return row
    if (Date.now() > deadline) throw new Error(`Still ${JSON.stringify(row)}`)
    await pause(200)
  }
}

/** Lets a file out that could not be looked into. */
export async function release({ browser, url, vault }: UploadDoor, entry: number, why: string) {
  const token = tokenIn(await browser.page(`${url}/webtresore`))
  return browser.request(`${url}/webtresore/${vault}/ausgeben`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({ '_csrf': token, 'eintraege[]': String(entry), 'grund': why }),
  })
}

/** SHA-256 (hex) and length of a download. */
export async function downloaded({ browser, url, vault }: UploadDoor, entry: number) {
  const response = await browser.request(`${url}/webtresore/${vault}/dateien/${entry}`)
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of response.body!) {
    hash.update(chunk as Uint8Array)
    size += (chunk as Uint8Array).length
  }
  return { status: response.status, size, sha256: hash.digest('hex') }
}

function begin(door: UploadDoor, path: string, options: Partial<tus.UploadOptions>) {
  const address = Promise.withResolvers<string>()
  const done = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<Error>()
  done.promise.catch(() => {})
  const progress = { bytes: 0 }
  const client = new tus.Upload(createReadStream(path), {
    endpoint: `${door.url}/hochladen`,
    headers: door.headers,
    metadata: { filename: 'Sicherung.bin', vault: String(door.vault), conflict: 'keep' },
    retryDelays: [],
    onUploadUrlAvailable: () => address.resolve(client.url!),
    onProgress: (bytes) => void (progress.bytes = bytes),
    onSuccess: () => done.resolve(),
    onError: (error) => {
      done.reject(error)
      failed.resolve(error)
    },
    ...options,
  })
  client.start()
  return { client, progress, address: address.promise, done: done.promise, failed: failed.promise }
}

async function reaching({ progress }: ReturnType<typeof begin>, bytes: number) {
  while (progress.bytes < bytes) await pause(2)
}

async function offsetOf({ headers }: UploadDoor, url: string): Promise<number> {
  const response = await fetch(url, {
    method: 'HEAD',
    headers: { ...headers, 'Tus-Resumable': '1.0.0' },
  })
  return Number(response.headers.get('upload-offset'))
}
