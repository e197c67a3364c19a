/**
 * How long the list of a vault folder with 10,000 files takes: the first page, and one in the middle, through the domain and
 * over HTTP, as the owner and as a contributor who put in half of them. The product runs in this process, on SQLite.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FILES = 10_000
const ROUNDS = 100
const PAGE = 100

const folder = await mkdtemp(join(tmpdir(), 'webtresor-bench-'))
Object.assign(process.env, {
  DATA_DIR: folder,
  NODE_ENV: 'production',
  LOG_LEVEL: 'error',
  CLAMD_URL: 'off',
})
await import('reflect-metadata')
const { ownEnvironment } = await import('../tests/environment.ts')
const { freshAssets } = await import('../tests/fresh_assets.ts')
await ownEnvironment()
await freshAssets()
const { ignite } = await import('../bin/ignite.ts')

await ignite().httpServer().start()
const { default: app } = await import('@adonisjs/core/services/app')
const { default: db } = await import('@adonisjs/lucid/services/db')
const { default: server } = await import('@adonisjs/core/services/server')
// While the domain is measured nobody asks over HTTP, and the connection is to stay.
server.getNodeServer()!.keepAliveTimeout = 600_000
const { MigrationRunner } = await import('@adonisjs/lucid/migration')
const { Vaults } = await import('#vault')
const { median, quantile } = await import('./figures.ts')
const { sharedVault } = await import('../tests/shared_vault.ts')
const { crowd } = await import('../tests/integration/vault/crowd.ts')
const migrator = new MigrationRunner(db as never, app, { direction: 'up', disableLocks: true })
await migrator.run()
if (migrator.error) throw migrator.error

const vaults = await app.container.make(Vaults)
const vault = await sharedVault()
const people = { owner: vault.owner, contributor: await vault.as('contributor', 'Karl Meier') }
const { access } = people.contributor
const belege = await vaults.makeFolder(access, null, 'Belege')
await crowd(
  db as never,
  access.vault.id,
  belege,
  FILES,
  Object.values(people).map((each) => each.access.viewer)
)

const measure = async (what: string, work: () => Promise<unknown>) => {
  const times: number[] = []
  let cpu = process.cpuUsage()
  for (let round = -20; round < ROUNDS; round++) {
    if (round === 0) cpu = process.cpuUsage()
    const begun = performance.now()
    await work()
    if (round >= 0) times.push(performance.now() - begun)
  }
  const [middle, worst] = [median(times), quantile(times, 0.99)]
  const { user, system } = process.cpuUsage(cpu)
  const busy = (user + system) / 1000 / ROUNDS
  console.log(
    `${what}: median ${middle.toFixed(1)} ms, p99 ${worst.toFixed(1)} ms, ${busy.toFixed(1)} ms of processor`
  )
  return { middle, worst }
}

for (const [who, person] of Object.entries(people)) {
  let after: string | null = null
  for (let page = 0; page < 25; page++) {
    after = (await vaults.list(person.access, belege, { after, limit: PAGE })).next
  }
  const list = (options: object) => vaults.list(person.access, belege, { limit: PAGE, ...options })
  await measure(`domain, ${who}, first page`, () => list({}))
  await measure(`domain, ${who}, a page in the middle`, () => list({ after }))
  await measure(`domain, ${who}, by size, descending`, () =>
    list({ sort: 'size', descending: true })
  )
  const http = await measure(`HTTP, ${who}, the page`, async () => {
    const response = await person.visitor.get(`${vault.path}/ordner/${belege}`)
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
    await response.text()
  })
  const mb = process.memoryUsage().rss / 1024 / 1024
  console.log(
    JSON.stringify({
      name: `vault-list-${FILES}-${who}`,
      unit: 'ms',
      ours: Number(http.middle.toFixed(1)),
      p99: Number(http.worst.toFixed(1)),
      peer: null,
      ratio: null,
      rss_mb: Math.round(mb),
    })
  )
}
await app.terminate()
await rm(folder, { recursive: true, force: true })
process.exit()
