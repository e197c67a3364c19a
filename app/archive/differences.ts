import { buffer } from 'node:stream/consumers'
import type { Delivery } from '#delivery'
import type { Archive } from './main.ts'
import type { Message } from './message.ts'

/**
 * A stretch of a mail: the same in what was submitted and in what was delivered, or in one of them only. A long
 * stretch has its middle left out: `head`, then `hidden` bytes, then `tail`.
 */
export interface Piece {
  kind: 'same' | 'removed' | 'added'
  head: string
  tail: string
  /** Bytes of the whole stretch. */
  size: number
  /** Bytes that are not shown. */
  hidden: number
}

type Stretch =
  { kind: 'same' | 'removed'; start: number; end: number } | { kind: 'added'; bytes: Buffer }

/** Bytes shown at each end of a stretch, at most. */
const shown = { same: 400, removed: 700, added: 16 * 1024 }
const MOST_STRETCHES = 400

/** What a recipient's form changes, read off its recipe: no comparing, and little of the original is read. */
export async function differencesOf(
  archive: Archive,
  message: Message,
  delivery: Delivery
): Promise<Piece[]> {
  const pieces: Piece[] = []
  for (const stretch of await stretches(archive, message, delivery)) {
    pieces.push(await pieceOf(archive, message, stretch))
  }
  return pieces
}

async function stretches(archive: Archive, message: Message, delivery: Delivery) {
  const found: Stretch[] = []
  let at = 0
  const original = (kind: 'same' | 'removed', start: number, end: number) => {
    if (end <= start) return
    const last = found.at(-1)
    if (last?.kind === kind && last.end === start) last.end = end
    else found.push({ kind, start, end })
  }
  for await (const step of archive.recipe(delivery)) {
    if (found.length >= MOST_STRETCHES) return found
    if ('insert' in step) {
      const last = found.at(-1)
      if (last?.kind === 'added') last.bytes = Buffer.concat([last.bytes, step.insert])
      else found.push({ kind: 'added', bytes: step.insert })
      continue
    }
    const [offset, length] = step.copy
    if (length === 0) continue
    original('removed', at, offset)
    original('same', offset, offset + length)
    at = offset + length
  }
  original('removed', at, message.size)
  return found
}

async function pieceOf(archive: Archive, message: Message, stretch: Stretch): Promise<Piece> {
  const { kind } = stretch
  const size = kind === 'added' ? stretch.bytes.length : stretch.end - stretch.start
  const most = shown[kind]
  const read = async (from: number, to: number) => {
    if (kind === 'added') return stretch.bytes.subarray(from, to)
    const range = { start: stretch.start + from, end: stretch.start + to }
    return buffer(archive.original(message, range))
  }
  if (size <= most * 2) {
    return { kind, size, head: asText(await read(0, size)), tail: '', hidden: 0 }
  }
  // Cut at the ends of lines, so that no line seems to be shorter than it is.
  const head = wholeLines(asText(await read(0, most)), 'head')
  const tail = wholeLines(asText(await read(size - most, size)), 'tail')
  return { kind, size, head, tail, hidden: Math.max(0, size - bytes(head) - bytes(tail)) }
}

const bytes = (text: string) => Buffer.byteLength(text)

function wholeLines(text: string, part: 'head' | 'tail'): string {
  const end = part === 'head' ? text.lastIndexOf('\n') + 1 : text.indexOf('\n') + 1
  if (end === 0) return text
  return part === 'head' ? text.slice(0, end) : text.slice(end)
}

function asText(content: Buffer): string {
  const utf8 = content.toString('utf8')
  return utf8.slice(4, -4).includes('\uFFFD') ? content.toString('latin1') : utf8
}
