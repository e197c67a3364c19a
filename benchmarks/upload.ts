/**
 * Files by tus into a vault, against the same bytes PUT to nginx' dav module on the same disk: one of 1 GB, and eight of 100 MB
 * at once. nginx neither hashes, encrypts nor synchronises. Both are sent by the same plain sender, in turn.
 */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { uploadDoor, type UploadDoor } from '../tests/product_upload.ts'
import { freePort, startChild } from '../tests/servers/child.ts'
import { median } from './figures.ts'
import { until } from './product.ts'

const MB = 1_000_000
const ROUNDS = 3
const BLOCK = randomBytes(1024 * 1024)

/** One request with a body of `size` bytes. @returns status and headers */
function send(url: string, method: string, size: number, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>(
    (resolve, reject) => {
      const outgoing = request(url, {
        method,
        headers: { ...headers, 'Content-Length': String(size) },
      })
      outgoing.once('error', reject)
      outgoing.once('response', (response) => {
        response.resume()
        response.once('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers })
        )
      })
      let left = size
      const write = () => {
        while (left > 0) {
          const part = BLOCK.subarray(0, Math.min(BLOCK.length, left))
          left -= part.length
          if (!outgoing.write(part)) return void outgoing.once('drain', write)
        }
        outgoing.end()
      }
      write()
    }
  )
}

async function toVault(door: UploadDoor, size: number, name: string): Promise<void> {
  const tus = { ...door.headers, 'Tus-Resumable': '1.0.0' }
  const facts = { filename: name, vault: String(door.vault), conflict: 'keep' }
  const metadata = Object.entries(facts).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`
  )
  const created = await send(`${door.url}/hochladen`, 'POST', 0, {
    ...tus,
    'Upload-Length': String(size),
    'Upload-Metadata': metadata.join(','),
  })
  if (created.status !== 201) throw new Error(`Creation answered ${created.status}`)
  const { status } = await send(`${door.url}${String(created.headers.location)}`, 'PATCH', size, {
    ...tus,
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': '0',
  })
  if (status !== 204) throw new Error(`The upload answered ${status}`)
}

async function toNginx(url: string, size: number, name: string): Promise<void> {
  const { status } = await send(`${url}/${name}`, 'PUT', size)
  if (status !== 201 && status !== 204) throw new Error(`nginx answered ${status}`)
}

/** nginx with its dav module, in a folder of its own. */
async function startNginx(folder: string) {
  const port = await freePort()
  await mkdir(join(folder, 'files'), { recursive: true })
  const conf = `
    daemon off; worker_processes auto; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    user root;
    events {}
    http {
      access_log off; client_max_body_size 0;
      client_body_temp_path ${folder}/files/.temp; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      server { listen 127.0.0.1:${port}; location / { root ${folder}/files; dav_methods PUT DELETE; } }
    }`
  await writeFile(join(folder, 'nginx.conf'), conf)
  const child = await startChild('/usr/sbin/nginx', ['-c', join(folder, 'nginx.conf')], {
    ready: async () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false
      ),
  })
  return { url: `http://127.0.0.1:${port}`, stop: () => child.stop('SIGQUIT') }
}

async function startProduct(folder: string) {
  const port = await freePort()
  // As scripts/start.js does.
  const heap = ['--max-semi-space-size=4', '--min-semi-space-size=4']
  const child = spawn(process.execPath, [...heap, 'build/bin/webtresor.js'], {
    env: {
      ...process.env,
      ...{ NODE_ENV: 'production', DATA_DIR: folder, ENV_PATH: folder, HOST: '127.0.0.1' },
      ...{ PORT: String(port), SMTP_OUT_PORT: String(await freePort()), CLAMD_URL: 'off' },
      ...{ LOCAL_DOMAINS: 'firm.example', LOG_LEVEL: 'error' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  await until(() => output.includes('Webtresor runs'), 'the product to start')
  const door = await uploadDoor(`http://127.0.0.1:${port}`, output)
  const peak = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024
  }
  const stop = () =>
    new Promise((resolve) => {
      child.once('close', resolve)
      child.kill('SIGTERM')
    })
  return { door, peak, stop }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

const folder = await mkdtemp(join(tmpdir(), 'webtresor-bench-'))
const nginx = await startNginx(join(folder, 'nginx'))
let last = {}
try {
  for (const [name, files, size] of [
    ['upload one of 1 GB', 1, 1000 * MB],
    ['upload eight of 100 MB', 8, 100 * MB],
  ] as const) {
    // A data folder of its own: nothing is left to be looked at from before.
    const product = await startProduct(join(folder, `data-${files}`))
    const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] }
    for (let round = 0; round < ROUNDS; round++) {
      const all = (put: (nth: number) => Promise<void>) => () =>
        Promise.all(Array.from({ length: files }, (_, nth) => put(nth)))
      times.peer.push(
        await timed(all((nth) => toNginx(nginx.url, size, `${files}-${round}-${nth}`)))
      )
      times.ours.push(await timed(all((nth) => toVault(product.door, size, `${round}-${nth}`))))
      // The scanner's pass over what came is not what is measured.
      await new Promise((resolve) => setTimeout(resolve, 4000))
    }
    const rate = (seconds: number[]) => (files * size) / MB / median(seconds)
    const [ours, peer] = [rate(times.ours), rate(times.peer)]
    last = {
      ...{ name, unit: 'MB/s', ours: Math.round(ours), peer: Math.round(peer) },
      ...{ ratio: Number((ours / peer).toFixed(2)), rss_mb: Math.round(await product.peak()) },
    }
    console.log(JSON.stringify(last))
    await product.stop()
  }
} finally {
  await nginx.stop()
  await rm(folder, { recursive: true })
}
