import type { Part } from '#archive'
import { decodeBody } from '../mime/codecs.ts'
import type { Context, StepResult } from '../pipeline.ts'
import { isRewritten } from './inspect.ts'

/** Puts each attachment that leaves the mail into its sender's vault, once. */
export async function deposit(context: Context): Promise<StepResult> {
  if (!isRewritten(context)) return 'next'
  const { claim, archive, blobs, vaults } = context
  const { message } = claim
  const put = async (part: Part): Promise<void> => {
    const encoded = archive.original(message, { start: part.bodyStart, end: part.bodyEnd })
    const blob = await blobs.write(decodeBody(encoded, part.encoding))
    const { size, sha256 } = blob
    await blobs.recording(blob, () =>
      claim.part(part.path, { size, sha256 }, async (trx) => {
        await vaults.deposit(trx, {
          mailbox: message.mailFrom.toLowerCase(),
          message,
          part: part.path,
          name: part.filename ?? part.path,
          type: part.type,
          blob,
        })
      })
    )
  }

  for (const part of await archive.parts(message.number)) {
    if (part.action === 'replace' && part.sha256 === null) await put(part)
  }
  return 'next'
}
