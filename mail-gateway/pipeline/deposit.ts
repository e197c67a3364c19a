import type { Part } from '#archive'
import type { WrittenBlob } from '#blobs'
import { tnefFiles } from '../contents/tnef_files.ts'
import { decodeBody } from '../mime/codecs.ts'
import { nameKey, safeFilename } from '../mime/filename.ts'
import type { Context, StepResult } from '../pipeline.ts'
import type { Deposited } from '#vault'
import { mayBeTnef } from '../rewrite/rules.ts'
import { isRewritten } from './inspect.ts'

/** A file for the vault, and the part that it came in: `2`, or `2/1` for the first file inside of part 2. */
interface Found {
  part: string
  name: string
  type: string
  blob: WrittenBlob
}

const INSIDE = '/'

/** Whether a deposit came out of another file and is no part of the mail itself. */
export const isInside = (part: string | null) => part !== null && part.includes(INSIDE)

/** The files that the message's attachments became; a mail without attachments to replace has none. */
export async function depositsOf({ claim, vaults }: Context): Promise<Deposited[]> {
  if (claim.message.attachments === 0) return []
  await claim.settle()
  return vaults.deposits.of(claim.message.number)
}

/** Puts each attachment that leaves the mail into its sender's vault, once; of winmail.dat what is in it, too. */
export async function deposit(context: Context): Promise<StepResult> {
  if (!isRewritten(context)) return 'next'
  for (const part of await context.claim.parts()) {
    if (part.action === 'replace' && part.sha256 === null) await put(context, part)
  }
  return 'next'
}

async function put(context: Context, part: Part): Promise<void> {
  const { claim, blobs, vaults } = context
  const { message } = claim
  const blob = await blobs.write(contentOf(context, part))
  const { size, sha256 } = blob
  const file = { part: part.path, name: part.filename ?? part.path, type: part.type, blob }
  const inside = await blobs.recording(blob, () => filesInside(context, part))
  const record = () =>
    claim.part(part.path, { size, sha256 }, async (trx) => {
      for (const found of [file, ...inside]) {
        const mailbox = message.mailFrom.toLowerCase()
        await vaults.deposits.put(trx, { mailbox, message, ...found })
      }
    })
  await [file, ...inside].reduce((work, found) => () => blobs.recording(found.blob, work), record)()
}

function contentOf({ archive, claim }: Context, part: Part) {
  const encoded = archive.original(claim.message, { start: part.bodyStart, end: part.bodyEnd })
  return decodeBody(encoded, part.encoding)
}

/** What is in a winmail.dat. A broken one is a file and nothing more. */
async function filesInside(context: Context, part: Part): Promise<Found[]> {
  if (!mayBeTnef(part)) return []
  const { blobs } = context
  const written: WrittenBlob[] = []
  const discard = () => Promise.all(written.map((blob) => blobs.discard(blob).catch(() => {})))
  try {
    const files = await tnefFiles(contentOf(context, part), async (content) => {
      const blob = await blobs.write(content)
      written.push(blob)
      return blob
    })
    if (!files) await discard()
    const parts = await context.claim.parts()
    const taken = new Set(parts.map(({ filename }) => nameKey(filename ?? '')))
    const type = 'application/octet-stream'
    return (files ?? []).map(({ name, kept }, position) => ({
      part: `${part.path}${INSIDE}${position + 1}`,
      name: safeFilename(name || null, type, taken),
      type,
      blob: kept,
    }))
  } catch (error) {
    await discard()
    throw error
  }
}
