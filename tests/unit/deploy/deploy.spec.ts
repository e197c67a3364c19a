import { test } from '@japa/runner'
import { validate } from 'dockerfile-utils'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

const DEPLOY = join(import.meta.dirname, '../../../deploy')
const ROOT = join(DEPLOY, '..')

/** Names of the settings that the application reads. */
const settings = new Set(
  [...readFileSync(join(ROOT, 'start/env.ts'), 'utf8').matchAll(/^\s{2,}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name
  )
)

/** What Node and the allocator read, and not the application: the same as under `npm start` (scripts/start.js). */
const ALLOCATION = [
  'UV_THREADPOOL_SIZE',
  'MALLOC_ARENA_MAX',
  'MALLOC_MMAP_THRESHOLD_',
  'MALLOC_TRIM_THRESHOLD_',
]

/** Path of a source for a path in the build. */
const source = (path: string) => join(ROOT, path.replace(/\.js$/, '.ts'))

test.group('Deployment', () => {
  test('the units hold before systemd, and start what there is', async ({ assert, cleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'webtresor-units-'))
    cleanup(() => rm(folder, { recursive: true }))
    const installed = join(folder, 'webtresor')
    await mkdir(join(installed, 'build'), { recursive: true })
    await symlink(join(ROOT, 'node_modules'), join(installed, 'node_modules'))
    await cp(join(DEPLOY, 'systemd'), folder, { recursive: true })
    const units = (await readdir(folder)).filter((name) => name.endsWith('.service'))
    assert.lengthOf(units, 4)
    for (const unit of units) {
      const text = await readFile(join(folder, unit), 'utf8')
      await writeFile(join(folder, unit), text.replaceAll('/opt/webtresor', installed))
      const [, program] = /ExecStart=\S+ (?:--\S+ )*(\S+)/.exec(text)!
      assert.isTrue(existsSync(source(program!)) || existsSync(join(ROOT, program!)), program)
    }
    const paths = units.map((unit) => join(folder, unit))
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...paths], {
      encoding: 'utf8',
    })
    assert.equal(`${stdout}${stderr}`, '')
    assert.equal(status, 0)
  })

  test('the Dockerfile is one, and copies and starts what there is', ({ assert }) => {
    const text = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8')
    assert.deepEqual(
      validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`),
      []
    )
    for (const [, name] of text.matchAll(/\b([A-Z][A-Z_]+)=[^ -]/g)) {
      assert.include([...settings, ...ALLOCATION], name!)
    }
    const [, program] = /^CMD \["node", (?:"--[^"]+", )*"([^"]+)"\]$/m.exec(text)!
    assert.isTrue(existsSync(source(program!)))
    for (const [, files] of text.matchAll(/^COPY ((?:[\w.-]+ )+)\.\//gm)) {
      for (const file of files!.trim().split(' ')) assert.isTrue(existsSync(join(ROOT, file)), file)
    }
  })

  test('the compose file sets what is read, and mounts what it declares', ({ assert }) => {
    const compose = parse(readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8'), { strict: true })
    const { webtresor, clamav } = compose.services
    for (const name of Object.keys(webtresor.environment)) assert.include([...settings], name)
    assert.isTrue(existsSync(join(ROOT, webtresor.build.dockerfile)))
    assert.include(webtresor.environment.CLAMD_URL, webtresor.depends_on[0])
    const mounted = [...webtresor.volumes, ...clamav.volumes].map((one) => one.split(':')[0])
    assert.sameMembers(mounted, Object.keys(compose.volumes))
  })
})
