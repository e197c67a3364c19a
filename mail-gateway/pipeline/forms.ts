import { isAscii } from 'node:buffer'
import { createHash } from 'node:crypto'
import { encodeRecipe, type RecipeStep } from '#archive'
import type { WrittenBlob } from '#blobs'
import type { Delivery, Form } from '#delivery'
import type { LedgerEvent } from '#ledger'
import type { LinkDraft } from '#links'
import type { Context } from '../pipeline.ts'

/** Forms written in one transaction; a mail may have a thousand recipients. */
const AT_ONCE = 16

/** A larger form, and those behind the first few, are made again to be sent. Bytes. */
const SMALL = 64 * 1024
const KEPT = 4

interface Prepared {
  id: number
  written: WrittenBlob
  form: Form
  /** What it is, where that is small. */
  bytes: Buffer | undefined
  /** The link that it carries. */
  link: LinkDraft | undefined
}

/** The forms of one message on their way into its deliveries: recipes are stored first, then some are fixed together. */
export class Forms {
  readonly #context: Context
  #prepared: Prepared[] = []

  constructor(context: Context) {
    this.#context = context
  }

  async add({ id }: Delivery, recipe: RecipeStep[], link?: LinkDraft): Promise<void> {
    const { archive, blobs, claim } = this.#context
    const kept = claim.forms.size + this.#prepared.filter((one) => one.bytes).length
    const made = archive.made(claim.message, recipe)
    const { bytes, ...facts } = await factsOf(made, kept < KEPT ? SMALL : 0)
    const written = await blobs.write(encodeRecipe(recipe), { inRow: true })
    this.#prepared.push({ id, written, form: { recipe: written.id, ...facts }, bytes, link })
    if (this.#prepared.length >= AT_ONCE) await this.fix()
  }

  /** Fixes what was added since the last time. */
  async fix(): Promise<void> {
    const { blobs, claim } = this.#context
    const prepared = this.#prepared.splice(0)
    if (prepared.length === 0) return
    const written = prepared.map((one) => one.written)
    const forms = new Map(prepared.map(({ id, form }) => [id, form]))
    const fix = () =>
      claim.fix(forms, async (trx) => {
        await blobs.record(trx, ...written)
        const events: LedgerEvent[] = []
        for (const { link } of prepared) if (link) events.push(...(await link.record(trx)))
        return events
      })
    await written.reduce((work, blob) => () => blobs.recording(blob, work), fix)()
    for (const { id, bytes } of prepared) {
      if (bytes) claim.forms.set(id, bytes)
    }
  }

  /** Forgets what was added and not fixed. */
  async discard(): Promise<void> {
    const { blobs } = this.#context
    const prepared = this.#prepared.splice(0)
    await Promise.all(prepared.map(({ written }) => blobs.discard(written).catch(() => {})))
  }
}

/**
 * Digest and size of a form, and what the next hop must be able to take.
 *
 * @param few bytes; all bytes are given back where they are not more
 */
async function factsOf(
  content: AsyncIterable<Buffer>,
  few: number
): Promise<Omit<Form, 'recipe'> & { bytes: Buffer | undefined }> {
  const hash = createHash('sha256')
  const facts = { size: 0, eightBit: false, utf8Headers: false }
  let kept: Buffer[] = []
  let tail = Buffer.alloc(0)
  let inHeader = true
  for await (const chunk of content) {
    hash.update(chunk)
    facts.size += chunk.length
    if (facts.size <= few) kept.push(chunk)
    else kept = []
    const ascii = isAscii(chunk)
    facts.eightBit ||= !ascii
    if (!inHeader) continue
    // The empty line that ends the header may be cut by the chunk's border.
    const joined = Buffer.concat([tail, chunk])
    const end = joined.indexOf('\r\n\r\n')
    facts.utf8Headers ||= !isAscii(end === -1 ? joined : joined.subarray(0, end))
    inHeader = end === -1
    tail = joined.subarray(-3)
  }
  const bytes = facts.size <= few ? Buffer.concat(kept) : undefined
  return { sha256: hash.digest('hex'), ...facts, bytes }
}
