import { readdirSync, readFileSync } from 'node:fs'
import { simpleParser } from 'mailparser'
import PostalMime from 'postal-mime'
import { applyRecipe } from '#archive'
import { decodeBody } from '../../mail-gateway/mime/codecs.ts'
import { collect } from '../../mail-gateway/rewrite/encoded_body.ts'
import { recipeOf } from '../../mail-gateway/rewrite/edits.ts'
import { generateMime, type Random } from '../mime_generator.ts'
import { differences, oracle, scan } from '../unit/mime/support.ts'
import { cutInto, deliver } from '../unit/rewrite/delivered.ts'
import { mutate } from './mutation.ts'
import { expect, type Target } from './target.ts'

const cases = new URL('../fixtures/mail/', import.meta.url)

const CRLF = Buffer.from('\r\n')

/** Content shorter than this can stand in a mail by chance. */
const telling = 12

/**
 * Mails: the scanner sees what mailsplit sees where nothing is irregular; a recipe without edits is the mail; and no
 * attachment that the plan replaced is found in what leaves, by us, mailparser or postal-mime.
 */
export function mimeTarget(): Target {
  const seeds = readdirSync(cases).map((name) => readFileSync(new URL(`${name}/in.eml`, cases)))
  const draw = (random: Random): Buffer => {
    const pick = () =>
      random.chance(0.3) ? generateMime(random.below(2 ** 31)) : random.pick(seeds)
    const mutant = mutate(pick(), pick(), random)
    // The end of data is a line of its own (RFC 5321, 4.1.1.4), so that every mail ends with one.
    return mutant.subarray(-2).equals(CRLF) ? mutant : Buffer.concat([mutant, CRLF])
  }
  return { draw, check }
}

async function check(message: Buffer): Promise<void> {
  const tree = await scan(message)
  if (tree.irregular.length === 0 && message.length > 0) {
    const found = differences(tree.root, await oracle(message), message)
    expect(found.length === 0, `mailsplit differs: ${found[0]}`)
  }
  const read = cutInto(message, 4096)
  const same = await collect(applyRecipe(read, recipeOf(message.length, [])))
  expect(same.equals(message), 'a recipe without edits is not the mail')

  const delivered = await deliver(message).catch((error: Error) => {
    // Of an irregular mail the form may be irregular too, and then waits for a person.
    const held = error.message.startsWith('The form is held') && tree.irregular.length > 0
    if (!held) throw error
  })
  if (!delivered) return
  const { plan, bytes } = delivered
  const headerEnd = message.indexOf('\r\n\r\n')
  if (plan.verdict === 'unchanged' && headerEnd !== -1) {
    // The header loses Bcc and Return-Path, and gets what is missing.
    const body = message.subarray(headerEnd)
    expect(bytes.subarray(-body.length).equals(body), 'an unchanged mail has another body')
  }
  if (plan.verdict !== 'rewrite' || tree.irregular.length > 0) return

  const contentOf = (of: Buffer, part: { bodyStart: number; bodyEnd: number }, encoding: string) =>
    collect(decodeBody(cutInto(of, 4096)(part.bodyStart, part.bodyEnd), encoding))
  const prints = { gone: new Set<string>(), kept: new Set<string>() }
  for (const part of plan.parts) {
    const content = await contentOf(message, part, part.transferEncoding)
    const set = part.action === 'replace' ? prints.gone : prints.kept
    if (content.length >= telling) set.add(content.toString('latin1').trim())
  }
  const left = (content: Buffer) => {
    const print = content.toString('latin1').trim()
    return prints.gone.has(print) && !prints.kept.has(print)
  }
  const after = await scan(bytes)
  expect(after.irregular.length === 0, `what leaves is irregular: ${after.irregular.join(', ')}`)
  for (const part of after.parts.filter(({ children }) => children.length === 0)) {
    const content = await contentOf(bytes, part, part.transferEncoding)
    expect(!left(content), `we find a replaced attachment in part ${part.path}`)
  }
  const { attachments } = await simpleParser(bytes)
  expect(
    !attachments.some(({ content }) => left(content)),
    'mailparser finds a replaced attachment'
  )
  const email = await PostalMime.parse(bytes, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
  })
  for (const { content } of email.attachments) {
    const found = Buffer.from(content instanceof ArrayBuffer ? new Uint8Array(content) : content)
    expect(!left(found), 'postal-mime finds a replaced attachment')
  }
}
