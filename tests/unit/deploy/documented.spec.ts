import { test } from '@japa/runner'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFile(join(root, path), 'utf8')

/** Set by how a process is started, and nothing that is configured. */
const NOT_CONFIGURED = ['NODE_ENV']

test('every name that the environment is asked for stands in the manual, and the reverse', async ({
  assert,
}) => {
  const environment = await read('start/env.ts')
  const asked = [...environment.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name!)
  const manual = await read('docs/operate.md')
  const section = manual.slice(manual.indexOf('## Configuration'), manual.indexOf('## Several'))
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  const told = rows.flatMap((row) => row.split('|')[1]!.match(/[A-Z][A-Z_]+/g)!)
  const reserved = /`BLOB_URL`,\s`SMTP_IN_PORT`\sand\s`DELIVER_URL`/.exec(section)![0]
  told.push(...reserved.match(/[A-Z][A-Z_]+/g)!)
  assert.sameMembers(
    told,
    asked.filter((name) => !NOT_CONFIGURED.includes(name))
  )
})

test('every command of ours stands in the manual, and no other', async ({ assert }) => {
  const manual = await read('docs/operate.md')
  const told = [...manual.matchAll(/node\sace\s([a-z]+(?::[a-z-]+)?)/g)].map(([, name]) => name!)
  const files = await readdir(join(root, 'commands'))
  const commands = await Promise.all(files.map((file) => read(`commands/${file}`)))
  const ours = commands.map((text) => /commandName = '([^']+)'/.exec(text)![1]!)
  assert.sameMembers([...new Set(told)], ours)
})
