import { test } from '@japa/runner'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { icon } from '#start/icons'

const resources = join(import.meta.dirname, '../../../resources')

async function messages(language: string, file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(resources, 'lang', language, file), 'utf8'))
}

async function views(): Promise<string[]> {
  const names = await readdir(join(resources, 'views'), { recursive: true })
  const edge = names.filter((name) => name.endsWith('.edge'))
  return Promise.all(edge.map((name) => readFile(join(resources, 'views', name), 'utf8')))
}

test('German and English say the same things, with the same values', async ({ assert }) => {
  const files = await readdir(join(resources, 'lang/de'))
  assert.sameMembers(await readdir(join(resources, 'lang/en')), files)
  // Arguments, but not the texts of plural's branches, which stand in braces too.
  const argument = /(?<!(?:one|other|=\d+)\s*)\{\s*(\w+)\s*[,}]/g
  const values = (message: string) => [...message.matchAll(argument)].map(([, name]) => name)
  for (const file of files) {
    const [german, english] = await Promise.all([messages('de', file), messages('en', file)])
    assert.sameMembers(Object.keys(english), Object.keys(german), file)
    for (const [key, text] of Object.entries(german)) {
      // A language may leave a number out where its grammar needs none.
      const superfluous = values(english[key]!).filter((value) => !values(text).includes(value))
      assert.deepEqual(superfluous, [], `${file} ${key}`)
    }
  }
})

test('every text and icon that a page names is there', async ({ assert }) => {
  const known = new Set<string>()
  for (const file of await readdir(join(resources, 'lang/de'))) {
    const area = file.replace('.json', '')
    for (const key of Object.keys(await messages('de', file))) known.add(`${area}.${key}`)
  }
  const missing: string[] = []
  for (const view of await views()) {
    for (const [, key] of view.matchAll(/\bt\('([\w.]+)'[,)]/g)) {
      if (!known.has(key!)) missing.push(key!)
    }
    for (const [, name] of view.matchAll(/(?:\bicon: |@!icon\(\{ name: )'(\w+)'/g)) icon(name!)
  }
  assert.deepEqual(missing, [])
})
