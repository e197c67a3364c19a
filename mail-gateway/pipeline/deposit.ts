import { decodeBody } from '../mime/codecs.ts'
import { telling, type Context, type StepResult } from '../pipeline.ts'
import { isRewritten } from './inspect.ts'

/** Puts each attachment that leaves the mail into its sender's vault, once. */
export async function deposit(context: Context): Promise<StepResult> {
  if (!isRewritten(context)) return 'next'
  const { claim, archive, blobs, vaults } = context
  const { message } = claim
  const there = new Set((await vaults.depositsOf(message.number)).map((file) => file.part))

  for (const part of await archive.parts(message.number)) {
    if (part.action !== 'replace' || there.has(part.path)) continue
    const rubbish: string[] = []
    const encoded = archive.original(message, { start: part.bodyStart, end: part.bodyEnd })
    const blob = await blobs.write(
      decodeBody(encoded, part.encoding, (reason) => rubbish.push(reason))
    )
    if (rubbish.length > 0) {
      // Programs decode rubbish differently: what we would hand out may not be what the sender meant.
      await blobs.discard(blob)
      const where = `${rubbish.join(', ')} (${part.path})`
      await claim.hold('ambiguous', where, await telling(context, 'ambiguous', where))
      return 'stop'
    }
    await vaults.deposit({
      mailbox: message.mailFrom.toLowerCase(),
      message,
      part: part.path,
      name: part.filename ?? part.path,
      type: part.type,
      blob,
    })
    await claim.part(part.path, { size: blob.size, sha256: blob.sha256 })
  }
  return 'next'
}
