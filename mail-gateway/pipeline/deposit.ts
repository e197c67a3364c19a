import type { Part } from '#archive'
import { decodeBody } from '../mime/codecs.ts'
import type { Context, StepResult } from '../pipeline.ts'
import { isRewritten } from './inspect.ts'

/** Puts each attachment that leaves the mail into its sender's vault, once. */
export async function deposit(context: Context): Promise<StepResult> {
  if (!isRewritten(context)) return 'next'
  const { claim, archive, blobs, vaults } = context
  const { message } = claim
  const there = new Map((await vaults.depositsOf(message.number)).map((file) => [file.part, file]))
  const put = async (part: Part) => {
    const encoded = archive.original(message, { start: part.bodyStart, end: part.bodyEnd })
    const blob = await blobs.write(decodeBody(encoded, part.encoding))
    return vaults.deposit({
      mailbox: message.mailFrom.toLowerCase(),
      message,
      part: part.path,
      name: part.filename ?? part.path,
      type: part.type,
      blob,
    })
  }

  for (const part of await archive.parts(message.number)) {
    if (part.action !== 'replace' || part.sha256 !== null) continue
    const { size, sha256 } = there.get(part.path) ?? (await put(part))
    await claim.part(part.path, { size, sha256 })
  }
  return 'next'
}
