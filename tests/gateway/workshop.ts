import { Gateway } from '#gateway'
import { Links } from '#links'
import { Post, PostIdentity } from '#post'
import { createDoorbell } from '#queue'
import { Scanning } from '#scanning'
import { randomBytes } from 'node:crypto'
import { BlockList } from 'node:net'
import { join } from 'node:path'
import type { House } from '../house.ts'

/** The gateway's worker on a house of modules, a real smarthost and a real scanner. */
export async function workshop(at: House, options: { relayUrl?: string; clamdUrl?: string }) {
  // On PostgreSQL the database wakes the worker too.
  const url = process.env.TEST_DATABASE_URL ? at.place : undefined
  const doorbell = await createDoorbell({ url, onError: () => {} })
  const post = new Post({ db: at.db, wake: (id) => void doorbell.ring('post', id) })
  const links = new Links({
    ...at,
    post,
    linkKey: randomBytes(32),
    appUrl: 'https://webtresor.firm.example',
    expiryDays: 30,
    confirmation: 'none',
    mailLeaves: true,
    ownsMailbox: async () => false,
  })
  const gateway = new Gateway({
    ...at,
    post,
    doorbell,
    links,
    scanning: new Scanning({ ...at, url: options.clamdUrl ?? 'off' }),
    identity: new PostIdentity(randomBytes(32)),
    log: { info() {}, warn() {}, error() {} },
    domains: async () => ['firm.example'],
    hostname: 'gateway.firm.example',
    host: '127.0.0.1',
    blobsFolder: join(at.folder, 'blobs'),
    outPort: 0,
    maxMessageSize: 10 * 1024 * 1024,
    trustedNetworks: new BlockList(),
    relayUrl: options.relayUrl,
    mailFrom: undefined,
    noticeLanguage: 'de',
    problemsInWords: (problems) => `in words: ${problems}`,
    keepTypes: [],
    minReplaceSize: 0,
    internalKeepsAttachments: true,
  })
  await doorbell.work(
    { ...gateway.jobs, sweep: () => gateway.sweep() },
    { concurrency: 4, sweep: { name: 'sweep', every: 60_000 } }
  )
  return { gateway, links, doorbell }
}

/** Waits until the message is in `state`. @throws Error when it is not within 15 seconds */
export async function settled(at: House, number: number, state: string) {
  const deadline = Date.now() + 15_000
  for (;;) {
    const message = await at.archive.message(number, 'everything')
    if (message.state === state) return message
    if (Date.now() > deadline) {
      throw new Error(
        `message ${number} is ${message.state} (${message.explanation}), not ${state}`
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
