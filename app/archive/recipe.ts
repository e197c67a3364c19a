import { IntegrityError } from '#errors'

/**
 * A recipe says how the delivered form of a message is made from its original: pieces of the original, by offset and
 * length in bytes, and bytes put between them, in order. It knows nothing of MIME; whoever holds the original and the
 * recipe can rebuild byte for byte what was delivered.
 */
export type RecipeStep = { copy: [offset: number, length: number] } | { insert: Buffer }

/** Steps from an array or from a stream. */
export type Recipe = Iterable<RecipeStep> | AsyncIterable<RecipeStep>

/** Reads plain bytes of the original, `end` exclusive. */
export type ReadRange = (start: number, end: number) => AsyncIterable<Uint8Array>

/**
 * Serial form: the four bytes `WTR1`; then per step a kind byte, 1 = copy (offset, length), 2 = insert (length, bytes);
 * then the kind byte 0. Numbers are unsigned LEB128 up to 2^53 - 1. The end mark shows a recipe that was cut short.
 */
const magic = Buffer.from('WTR1')
const kinds = { end: 0, copy: 1, insert: 2 }

/** A longer insert is written as several, so that reading one never needs more memory than this. */
const longestInsert = 65_536

/**
 * The delivered form, streamed. Throws `IntegrityError` `E_RECIPE` when the original is shorter than a step says.
 */
export async function* applyRecipe(
  readRange: ReadRange,
  recipe: Recipe
): AsyncGenerator<Buffer, void, undefined> {
  for await (const step of recipe) {
    if ('insert' in step) {
      if (step.insert.length > 0) yield step.insert
      continue
    }
    const [offset, length] = step.copy
    if (length === 0) continue
    let seen = 0
    for await (const chunk of readRange(offset, offset + length)) {
      seen += chunk.length
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    }
    if (seen !== length) {
      throw broken(`copies ${length} bytes at ${offset}, but the original gave ${seen}`)
    }
  }
}

/** Size in bytes of what the recipe makes. */
export async function recipeSize(recipe: Recipe): Promise<number> {
  let size = 0
  for await (const step of recipe) size += 'insert' in step ? step.insert.length : step.copy[1]
  return size
}

/** Streams the serial form of a recipe: most are one chunk. */
export async function* encodeRecipe(recipe: Recipe): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Buffer[] = []
  let size = 0
  for await (const piece of piecesOf(recipe)) {
    pieces.push(piece)
    size += piece.length
    if (size < longestInsert) continue
    yield Buffer.concat(pieces)
    pieces = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(pieces)
}

async function* piecesOf(recipe: Recipe): AsyncGenerator<Buffer, void, undefined> {
  yield magic
  for await (const step of recipe) {
    if ('copy' in step) {
      yield Buffer.from([kinds.copy, ...varint(step.copy[0]), ...varint(step.copy[1])])
      continue
    }
    for (let at = 0; at < step.insert.length; at += longestInsert) {
      const piece = step.insert.subarray(at, at + longestInsert)
      yield Buffer.from([kinds.insert, ...varint(piece.length)])
      yield piece
    }
  }
  yield Buffer.from([kinds.end])
}

/** Reads the serial form as a stream of steps. Throws `IntegrityError` `E_RECIPE` at anything but a whole recipe. */
export async function* decodeRecipe(
  source: AsyncIterable<Uint8Array>
): AsyncGenerator<RecipeStep, void, undefined> {
  const input = new ByteReader(source)
  try {
    const beginning = await input.take(magic.length)
    if (!beginning.equals(magic)) throw broken('does not begin as a recipe')
    for (;;) {
      const kind = await input.byte()
      if (kind === kinds.end) break
      if (kind === kinds.copy) {
        yield { copy: [await readVarint(input), await readVarint(input)] }
      } else if (kind === kinds.insert) {
        const length = await readVarint(input)
        if (length > longestInsert) throw broken(`an insert of ${length} bytes`)
        yield { insert: await input.take(length) }
      } else {
        throw broken(`unknown step ${kind}`)
      }
    }
    if (!(await input.atEnd())) throw broken('bytes after the end mark')
  } finally {
    await input.close()
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return bytes
}

async function readVarint(input: ByteReader): Promise<number> {
  let value = 0
  for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
    const byte = await input.byte()
    value += (byte & 0x7f) * factor
    if (byte < 0x80) {
      if (!Number.isSafeInteger(value)) break
      return value
    }
  }
  throw broken('a number out of range')
}

class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array()

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    const taken = Buffer.alloc(length)
    for (let filled = 0; filled < length;) {
      if (await this.atEnd()) throw broken('cut short')
      const piece = this.#chunk.subarray(0, length - filled)
      taken.set(piece, filled)
      filled += piece.length
      this.#chunk = this.#chunk.subarray(piece.length)
    }
    return taken
  }

  async byte(): Promise<number> {
    const [byte] = await this.take(1)
    return byte!
  }

  async atEnd(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#source.next()
      if (next.done) return true
      this.#chunk = next.value
    }
    return false
  }

  /** Lets the source go, also when the reader stops before its end. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }
}

function broken(what: string): IntegrityError {
  return new IntegrityError('E_RECIPE', `The recipe of a delivered message is broken: ${what}`)
}
