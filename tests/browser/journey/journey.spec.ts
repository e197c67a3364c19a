import { test } from '@japa/runner'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { comeBack, invite, register } from './invited.ts'
import { Office } from './office.ts'
import { lock, move, putIn, takeOut, tell, tidy } from './papers.ts'
import { stage, type Journey } from './stage.ts'
import { thorough } from '#tests/thorough'

/** Wording is the same at any width, axe's rules in any language. */
const journeys: Journey[] = [
  { means: 'mouse', language: 'en', usesAxe: false },
  { means: 'keyboard', language: 'en', usesAxe: false },
  { means: 'finger', language: 'de', usesAxe: false },
  { means: 'keyboard', language: 'de', usesAxe: false },
  { means: 'finger', language: 'en', usesAxe: true },
  { means: 'mouse', language: 'de', usesAxe: true },
]

test.group('A client is invited, puts papers in, and both take them out', (group) => {
  let office: Office
  let folder: string

  group.setup(async () => {
    folder = await mkdtemp(join(tmpdir(), 'webtresor-papers-'))
    office = await Office.open()
    return async () => {
      await office.close()
      await rm(folder, { recursive: true })
    }
  })

  test('by {means}, in {language}')
    .with(thorough(journeys))
    .timeout(300_000)
    .run(async ({ assert, browser, cleanup }, journey) => {
      const at = await stage({ assert, browser }, office, journey, folder)
      cleanup(async () => {
        await Promise.all([at.advisor.close(), at.client.close()])
      })
      const vault = await invite(at)
      const secret = await register(at, vault)
      await putIn(at)
      await tell(at, vault)
      await comeBack(at, secret)
      await at.client.page.goto(vault)
      await lock(at)
      await tidy(at)
      await move(at)
      await takeOut(at)
      assert.equal([...at.advisor.complaints, ...at.client.complaints].join('\n'), '')
    })
})
