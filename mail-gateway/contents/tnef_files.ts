import { ByteReader } from './byte_reader.ts'
import { ATTRIBUTE_HEADER, CHECKSUM, propertiesIn, SIGNATURE, STREAM_HEADER } from './tnef.ts'

/** A file inside of a TNEF stream, and what was made of its content. */
export interface TnefFile<Kept> {
  /** As it stands there, '' where nothing does. */
  name: string
  kept: Kept
}

/** Attributes of a file, [MS-OXTNEF] 2.1.3.2. */
const ids = { begin: 0x00069002, title: 0x00018010, data: 0x0006800f, properties: 0x00069005 }
const FILE_LEVEL = 2

/** PidTagAttachLongFilename, PidTagAttachFilename ([MS-OXPROPS]): the better name first. */
const names = [0x3707, 0x3704]
const UNICODE = 0x1f
const STRING8 = 0x1e

/** Outlook itself sends a few dozen at most. */
const MOST_FILES = 200
const MOST_ATTRIBUTES = 10_000
/** A title or the properties of a file, in bytes. Larger ones hold a picture of its icon, and no name that is wanted. */
const LARGEST = 1024 * 1024

/** Said inside, where a stream ends too soon. */
class Broken extends Error {}

/**
 * Hands the content of each file in a TNEF stream to `keep`, in order, as it comes. Messages inside of it are no files.
 *
 * @returns the files; null where the stream is broken or has more than is bearable, and `keep` may have been called
 * @throws what `keep` and `source` throw
 */
export async function tnefFiles<Kept>(
  source: AsyncIterable<Uint8Array>,
  keep: (content: AsyncIterable<Buffer>) => Promise<Kept>
): Promise<TnefFile<Kept>[] | null> {
  const bytes = new ByteReader(source)
  try {
    return await filesIn(bytes, keep)
  } catch (error) {
    if (error instanceof Broken) return null
    throw error
  } finally {
    await bytes.close()
  }
}

async function filesIn<Kept>(
  bytes: ByteReader,
  keep: (content: AsyncIterable<Buffer>) => Promise<Kept>
): Promise<TnefFile<Kept>[]> {
  const header = await bytes.take(STREAM_HEADER)
  if (header?.readUInt32LE() !== SIGNATURE) throw new Broken()
  const files: { title: string; name: string; kept?: Kept }[] = []
  for (let count = 0; ; count++) {
    const level = await bytes.take(1)
    if (!level) break
    const attribute = await bytes.take(ATTRIBUTE_HEADER - 1)
    if (!attribute) throw new Broken()
    if (count === MOST_ATTRIBUTES || files.length > MOST_FILES) throw new Broken()
    const id = attribute.readUInt32LE()
    const length = attribute.readUInt32LE(4)
    const file = level[0] === FILE_LEVEL ? files.at(-1) : undefined
    if (level[0] === FILE_LEVEL && id === ids.begin) files.push({ title: '', name: '' })
    if (file && id === ids.data && !('kept' in file)) {
      file.kept = await keep(whole(bytes, length))
    } else if (file && length <= LARGEST && (id === ids.title || id === ids.properties)) {
      const data = await bytes.take(length)
      if (!data) throw new Broken()
      if (id === ids.title) file.title = western(data)
      else file.name = nameIn(data)
    } else if (!(await bytes.skip(length))) {
      throw new Broken()
    }
    if (!(await bytes.skip(CHECKSUM))) throw new Broken()
  }
  return files.flatMap(({ title, name, ...file }) =>
    'kept' in file ? [{ name: name || title, kept: file.kept as Kept }] : []
  )
}

async function* whole(bytes: ByteReader, length: number): AsyncGenerator<Buffer> {
  if (!(yield* bytes.pieces(length))) throw new Broken()
}

function nameIn(data: Buffer): string {
  const properties = propertiesIn(data)
  for (const wanted of names) {
    const found = properties.find(({ id }) => id === wanted)
    const text = found && textOf(data, found.type, found.value)
    if (text) return text
  }
  return ''
}

/** A value that says how many it is, how long it is, and what. Names are of one value. */
function textOf(data: Buffer, type: number, value: number): string {
  const length = data.readUInt32LE(value + 4)
  const bytes = data.subarray(value + 8, value + 8 + length)
  if (type === UNICODE) return bytes.toString('utf16le').replace(/\0[^]*$/, '')
  return type === STRING8 ? western(bytes) : ''
}

/** Old names come in the sender's code page, which is this one wherever we were ever asked. */
function western(bytes: Buffer): string {
  return new TextDecoder('windows-1252').decode(bytes).replace(/\0[^]*$/, '')
}
