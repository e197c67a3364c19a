import { IntegrityError } from '#errors'
import { strictBase64 } from './signed_note.ts'

/** Head of a tree, as C2SP tlog-checkpoint writes it. */
export interface Checkpoint {
  origin: string
  size: number
  root: Buffer
}

/** The note text, without signatures. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** Reads a note text; extension lines are ignored. @throws IntegrityError `E_CHECKPOINT` when it is malformed */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', decimal = '', encoded = '', ...rest] = text.split('\n')
  const size = Number(decimal)
  const root = strictBase64(encoded)
  const wellFormed =
    origin !== '' &&
    /^(0|[1-9][0-9]*)$/.test(decimal) &&
    Number.isSafeInteger(size) &&
    root?.length === 32 &&
    rest.pop() === '' &&
    rest.every((extension) => extension !== '')
  if (!wellFormed) throw new IntegrityError('E_CHECKPOINT', 'Not a checkpoint of a ledger')
  return { origin, size, root }
}
