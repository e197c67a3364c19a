import type { Ledger } from '#ledger'
import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Archive } from './main.ts'
import type { Message } from './message.ts'

const README = `Exported from the mail archive of Webtresor.

<number>.eml           the mail, byte for byte as it came over the wire
<number>.tlog-proof    proof that the archive took it in, and when
checkpoint             the signed state of the archive's ledger that all proofs here lead to
ledger.vkey            the key that signs it; compare it with one you got by another way
verify.mjs             checks a mail against its proof, with Node.js 18 or newer and nothing else:

    node verify.mjs <number>.eml <number>.tlog-proof ledger.vkey

The format of the proof is described in docs/archive-format.md of Webtresor.
`

export interface ExportOptions {
  archive: Archive
  ledger: Ledger
  messages: AsyncIterable<Message>
  /** Folder, made when missing. */
  output: string
  /** Path of the stand-alone verifier that goes with it. */
  verifier: string
  /** Account number for the ledger; 0 is the command line. */
  actor: number
}

/**
 * Writes mails with their proofs into a folder that anybody can check without Webtresor.
 *
 * Existing files are never overwritten.
 *
 * @returns how many mails were written
 */
export async function exportMessages(options: ExportOptions): Promise<number> {
  const { archive, ledger, output } = options
  await mkdir(output, { recursive: true })
  const taken: [name: string, entry: number][] = []
  for await (const message of options.messages) {
    await archive.witness('exported', message, { actor: options.actor, what: 'eml and proof' })
    const index = await archive.entryOf(message)
    const name = join(output, String(message.number))
    await pipeline(archive.original(message), createWriteStream(`${name}.eml`, { flags: 'wx' }))
    taken.push([name, index])
  }
  // One checkpoint for all proofs; it covers the entries about this export, too.
  const checkpoint = await ledger.checkpoint()
  for (const [name, index] of taken) {
    await writeFile(`${name}.tlog-proof`, await ledger.prove(index, checkpoint), { flag: 'wx' })
  }
  await writeFile(join(output, 'checkpoint'), checkpoint)
  await writeFile(join(output, 'ledger.vkey'), `${ledger.vkey}\n`)
  await copyFile(options.verifier, join(output, 'verify.mjs'))
  await writeFile(join(output, 'README'), README)
  return taken.length
}
