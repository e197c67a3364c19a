/**
 * The thread in which other people's parsers read odd mail: what they do with it costs this thread its memory or its time,
 * and the process nothing else.
 */
import { parentPort } from 'node:worker_threads'
import { compare } from './compare.ts'
import { readWithMailparser } from './mailparser_reader.ts'
import { readOurselves } from './our_reader.ts'
import { readWithPostalMime } from './postal_mime_reader.ts'
import { readers, type Disagreement, type Leaf, type ReaderName, type Reading } from './reading.ts'

export interface Question {
  bytes: ArrayBuffer
  leaves: Leaf[]
}

const read: Record<ReaderName, (bytes: Uint8Array<ArrayBuffer>) => Promise<Reading>> = {
  mailparser: readWithMailparser,
  postal_mime: readWithPostalMime,
}

async function answer({ bytes, leaves }: Question): Promise<Disagreement[]> {
  const message = new Uint8Array(bytes)
  const ours = await readOurselves(message, leaves)
  const found: Disagreement[] = []
  for (const reader of readers) {
    try {
      found.push(...compare(ours, await read[reader](message), reader))
    } catch {
      found.push({ path: '', reason: `${reader}_fails` })
    }
  }
  return found
}

parentPort?.on('message', (question: Question) => {
  void answer(question).then((found) => parentPort?.postMessage(found))
})
