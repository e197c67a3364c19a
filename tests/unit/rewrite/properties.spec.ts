import { readdirSync, readFileSync } from 'node:fs'
import { test } from '@japa/runner'
import PostalMime from 'postal-mime'
import { applyRecipe } from '#archive'
import { decodeBody } from '../../../mail-gateway/mime/codecs.ts'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import type { MimePart } from '../../../mail-gateway/mime/tree.ts'
import { recipeOf } from '../../../mail-gateway/rewrite/edits.ts'
import { collect } from '../../../mail-gateway/rewrite/encoded_body.ts'
import { removeParts } from '../../../mail-gateway/rewrite/removal.ts'
import { isLeaf } from '../../../mail-gateway/rewrite/rules.ts'
import { generateMime } from '../../mime_generator.ts'
import { differences, oracle } from '../mime/support.ts'
import { cutInto, deliver, noticeFor, type Delivered } from './delivered.ts'

const folder = new URL('../../fixtures/mail/', import.meta.url)
const cases = readdirSync(folder).map((name) => ({
  name,
  message: readFileSync(new URL(`${name}/in.eml`, folder)),
}))

const leaves = (part: MimePart): MimePart[] =>
  isLeaf(part) ? [part] : part.children.flatMap(leaves)

function contentOf(part: MimePart, message: Buffer): Promise<Buffer> {
  const read = cutInto(message, 1 << 20)
  return collect(decodeBody(read(part.bodyStart, part.bodyEnd), part.transferEncoding))
}

/** Everything that a rewritten mail must be, checked with our scanner and with two other readers. */
async function faultsOf(message: Buffer, { plan, tree, bytes, recipe }: Delivered) {
  const faults: string[] = []
  const expect = (holds: boolean, what: string) => {
    if (!holds) faults.push(what)
  }
  const { link } = noticeFor(plan, 'de')
  const after = await scanMime(cutInto(bytes, 4096)(0, bytes.length))
  const fresh = after.irregular.filter((reason) => !tree.irregular.includes(reason))
  expect(fresh.length === 0, `irregular: ${fresh.join(', ')}`)

  const raw = (part: MimePart, of: Buffer) => of.toString('latin1', part.start, part.end)
  const changed = new Set([plan.notice.text, plan.notice.html])
  const kept = plan.parts.filter(({ action }) => action === 'keep').map(({ path }) => path)
  const before = leaves(tree.root).filter(({ path }) => kept.includes(path))
  const now = leaves(after.root)
  const contents = await Promise.all(now.map((part) => contentOf(part, bytes)))
  const noticed = now.filter((_, index) => contents[index]!.includes(link))

  // With a notice of its own in front there is one part more, and nothing else has changed.
  const front = now.length - before.length
  expect(front === 0 || front === 1, `${before.length} parts kept, ${now.length} found`)
  expect(noticed.length >= 1 && noticed.length <= 2, `${noticed.length} notices`)
  for (const [index, part] of before.entries()) {
    const found = now[index + front]!
    if (front === 0 && changed.has(part.path)) {
      expect(noticed.includes(found), `no notice in ${part.path}`)
    } else {
      const same = raw(found, bytes).trimEnd() === raw(part, message).trimEnd()
      expect(same, `part ${part.path} has changed`)
    }
  }

  for (const step of recipe) {
    if ('copy' in step) continue
    const lines = step.insert.toString('latin1').split('\n')
    expect(
      lines.every((line) => line.length <= 998),
      'a line over 998'
    )
    expect(
      tree.irregular.includes('bare_lf') || lines.slice(0, -1).every((line) => line.endsWith('\r')),
      'a line end that is not CRLF'
    )
  }

  expect(differences(after.root, await oracle(bytes), bytes).length === 0, 'mailsplit differs')
  const email = await PostalMime.parse(bytes, { forceRfc822Attachments: true })
  expect(`${email.text ?? ''}${email.html ?? ''}`.includes(link), 'postal-mime sees no link')
  const names = email.attachments.map(({ filename }) => filename)
  for (const part of plan.parts) {
    const twin = plan.parts.some(
      (other) => other.action === 'keep' && other.filename === part.filename
    )
    const left = part.action === 'replace' && !twin && names.includes(part.filename)
    expect(!left, `postal-mime sees ${part.filename}`)
  }
  return faults
}

test.group('Rewriting, properties', () => {
  test('a plan that replaces nothing leaves every byte', async ({ assert }) => {
    for (let seed = 1; seed <= 400; seed++) {
      const message = generateMime(seed)
      const read = cutInto(message, 1000)
      const tree = await scanMime(read(0, message.length))
      const edits = tree.root.boundary === null ? [] : removeParts(tree.root, () => false).edits
      if (tree.root.children.length === 0) continue
      const bytes = await collect(applyRecipe(read, recipeOf(tree.size, edits)))
      assert.isTrue(bytes.equals(message), `seed ${seed}`)
    }
  })

  test('what is relayed unchanged is the mail below our trace fields', async ({ assert }) => {
    const seen = { unchanged: 0 }
    for (let seed = 1; seed <= 400; seed++) {
      const message = generateMime(seed)
      const foreign = { sender: 'a@example.org', recipients: ['b@example.net'] }
      const { bytes, plan } = await deliver(message, { envelope: foreign })
      assert.equal(plan.verdict, 'unchanged')
      assert.match(bytes.toString('latin1'), /^Received: from /)
      const rest = bytes.subarray(bytes.length - message.length)
      assert.isTrue(rest.equals(message), `seed ${seed}`)
      seen.unchanged++
    }
    assert.equal(seen.unchanged, 400)
  })

  test('random mails: regular, nothing replaced is left, nothing else is touched', async ({
    assert,
  }) => {
    const wrong: string[] = []
    let rewritten = 0
    for (let seed = 1; seed <= 500; seed++) {
      const message = generateMime(seed, { odd: seed % 2 === 0 })
      const delivered = await deliver(message)
      if (delivered.plan.verdict !== 'rewrite') continue
      rewritten++
      const faults = await faultsOf(message, delivered)
      wrong.push(...faults.map((fault) => `seed ${seed}: ${fault}`))
    }
    assert.deepEqual(wrong, [])
    assert.isAbove(rewritten, 150)
  }).timeout(60_000)

  test('mail cases: the same')
    .with(cases)
    .run(async ({ assert }, { message }) => {
      const delivered = await deliver(message)
      const faults = delivered.plan.verdict === 'rewrite' ? await faultsOf(message, delivered) : []
      assert.deepEqual(faults, [])
    })

  test('the same input gives the same bytes', async ({ assert }) => {
    for (const { message } of cases) {
      const [one, two] = [await deliver(message), await deliver(message, { chunk: 13 })]
      assert.isTrue(one.bytes.equals(two.bytes))
    }
  })
})
