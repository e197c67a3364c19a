/** The process in which other people's parsers read odd mail. */
import { answerQuestions } from '../reading_process.ts'
import { compare } from './compare.ts'
import { readWithMailparser } from './mailparser_reader.ts'
import { readOurselves } from './our_reader.ts'
import { readWithPostalMime } from './postal_mime_reader.ts'
import { readers, type Disagreement, type Leaf, type ReaderName, type Reading } from './reading.ts'

export interface Question {
  bytes: Uint8Array<ArrayBuffer>
  leaves: Leaf[]
}

const read: Record<ReaderName, (bytes: Uint8Array<ArrayBuffer>) => Promise<Reading>> = {
  mailparser: readWithMailparser,
  postal_mime: readWithPostalMime,
}

async function answer({ bytes, leaves }: Question): Promise<Disagreement[]> {
  const ours = await readOurselves(bytes, leaves)
  const found: Disagreement[] = []
  for (const reader of readers) {
    try {
      found.push(...compare(ours, await read[reader](bytes), reader))
    } catch {
      found.push({ path: '', reason: `${reader}_fails` })
    }
  }
  return found
}

answerQuestions(answer)
