import type { Claim, Part } from '#archive'
import type { WrittenBlob } from '#blobs'
import type { Trx } from '#transaction'
import { withVerdict, type Deposited, type FileVerdict } from '#vault'
import { tnefFiles } from '../contents/tnef_files.ts'
import { decodeBody, lendBody } from '../mime/codecs.ts'
import { TakenNames } from '#taken_names'
import { safeFilename } from '../mime/filename.ts'
import type { Context, StepResult } from '../pipeline.ts'
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

/** Deposits as this run has left them. */
const known = new WeakMap<Claim, Deposited[]>()

/** The files that the message's attachments became; a mail without attachments to replace has none. */
export async function depositsOf({ claim, vaults }: Context): Promise<Deposited[]> {
  if (claim.message.attachments === 0) return []
  const files = known.get(claim) ?? (await vaults.deposits.of(claim.message.number))
  known.set(claim, files)
  return files
}

/** What writes a verdict on deposits. This run takes it for written: where that fails, the run is over. */
export function judging(
  { claim, vaults }: Context,
  files: Deposited[],
  verdict: FileVerdict,
  detail: string | null
): (trx: Trx) => Promise<void> {
  const ids = files.map(({ version }) => version)
  const now = known
    .get(claim)
    ?.map((file) => (files.includes(file) ? withVerdict(file, verdict, detail) : file))
  if (now) known.set(claim, now)
  return (trx) => vaults.verdicts.judge(trx, ids, verdict, detail)
}

/** Puts each attachment that leaves the mail into its sender's vault, once; of winmail.dat what is in it, too. */
export async function deposit(context: Context): Promise<StepResult> {
  if (!isRewritten(context)) return 'next'
  const wanted = (await context.claim.parts()).filter(({ action }) => action === 'replace')
  const missing = wanted.filter(({ sha256 }) => sha256 === null)
  const isFirst = missing.length === wanted.length
  const files: (Deposited | undefined)[] = []
  for (const part of missing) files.push(...(await put(context, part)))
  // Some were put in by an earlier run, or by one whose commit was not heard of: then the vault is asked.
  const all = files.filter((file) => file !== undefined)
  if (isFirst && all.length === files.length) known.set(context.claim, all)
  return 'next'
}

/** @returns what lies in the vault now; undefined for what lay there before */
async function put(context: Context, part: Part): Promise<(Deposited | undefined)[]> {
  const { archive, claim, blobs, vaults } = context
  const { message } = claim
  const lent = archive.lend(message, bodyOf(part))
  const blob = await blobs.write(lendBody(lent, part.encoding), { inRow: true })
  const { size, sha256 } = blob
  const file = { part: part.path, name: part.filename ?? part.path, type: part.type, blob }
  const inside = await blobs.recording(blob, () => filesInside(context, part))
  let there: (Deposited | undefined)[] = []
  const record = () =>
    claim.part(part.path, { size, sha256 }, async (trx) => {
      there = []
      for (const found of [file, ...inside]) {
        const mailbox = message.mailFrom.toLowerCase()
        there.push(await vaults.deposits.put(trx, { mailbox, message, ...found }))
      }
    })
  await [file, ...inside].reduce((work, found) => () => blobs.recording(found.blob, work), record)()
  return there
}

const bodyOf = ({ bodyStart, bodyEnd }: Part) => ({ start: bodyStart, end: bodyEnd })

/** What is in a winmail.dat. A broken one is a file and nothing more. */
async function filesInside(context: Context, part: Part): Promise<Found[]> {
  if (!mayBeTnef(part)) return []
  const { archive, blobs, claim } = context
  const content = decodeBody(archive.original(claim.message, bodyOf(part)), part.encoding)
  const written: WrittenBlob[] = []
  const discard = () => Promise.all(written.map((blob) => blobs.discard(blob).catch(() => {})))
  try {
    const files = await tnefFiles(content, async (file) => {
      const blob = await blobs.write(file)
      written.push(blob)
      return blob
    })
    if (!files) await discard()
    const parts = await claim.parts()
    const taken = new TakenNames(parts.map(({ filename }) => filename ?? ''))
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
