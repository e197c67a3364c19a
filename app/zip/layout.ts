import { Readable } from 'node:stream'

export interface ZipEntry {
  /** As in the archive; UTF-8, with `/` between folders and at the end of a folder. */
  name: string
  /** Bytes. */
  size: number
  crc32: number
  modifiedAt: Date
}

type Piece = { start: number; end: number } & ({ bytes: Buffer } | { entry: number })

export interface ZipLayout {
  /** Bytes of the whole archive. */
  length: number
  /** Headers and contents in order, without gaps. */
  pieces: Piece[]
}

const MAX_16 = 0xffff
const MAX_32 = 0xffffffff

/** Bit 11: names are UTF-8 (APPNOTE 4.4.4 and appendix D). */
const FLAGS = 0x0800

/**
 * Where archives come from (APPNOTE 4.4.2). Of those from MS-DOS unzip 6 takes names for code page 850, whatever bit 11 says, and
 * writes an umlaut as something else.
 */
const UNIX = 3

/** Mode of a file in the upper half, MS-DOS attribute "directory" in the lower (APPNOTE 4.4.15). */
const attributes = (isFolder: boolean) =>
  isFolder ? ((0o40755 << 16) >>> 0) + 0x10 : (0o100644 << 16) >>> 0

/** MS-DOS date and time in local time (APPNOTE 4.4.6): two-second steps, 1980 to 2107. */
export function dosTime(at: Date): { date: number; time: number } {
  const year = at.getFullYear()
  if (year < 1980) return { date: (1 << 5) | 1, time: 0 }
  if (year > 2107) return { date: (127 << 9) | (12 << 5) | 31, time: (23 << 11) | (59 << 5) | 29 }
  return {
    date: ((year - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate(),
    time: (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1),
  }
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

/** Zip64 extended information (APPNOTE 4.5.3); empty when no value needs it. */
function zip64Extra(values: number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(0x0001, 0)
  head.writeUInt16LE(values.length * 8, 2)
  return Buffer.concat([head, ...values.map(uint64)])
}

/** Local file header (APPNOTE 4.3.7). In Zip64 it carries both sizes. */
function localHeader(entry: ZipEntry): Buffer {
  const large = entry.size >= MAX_32
  const name = Buffer.from(entry.name)
  const extra = zip64Extra(large ? [entry.size, entry.size] : [])
  const { date, time } = dosTime(entry.modifiedAt)
  const head = Buffer.alloc(30)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(large ? 45 : 20, 4)
  head.writeUInt16LE(FLAGS, 6)
  head.writeUInt16LE(time, 10)
  head.writeUInt16LE(date, 12)
  head.writeUInt32LE(entry.crc32, 14)
  head.writeUInt32LE(large ? MAX_32 : entry.size, 18)
  head.writeUInt32LE(large ? MAX_32 : entry.size, 22)
  head.writeUInt16LE(name.length, 26)
  head.writeUInt16LE(extra.length, 28)
  return Buffer.concat([head, name, extra])
}

/** Central directory header (APPNOTE 4.3.12). */
function directoryHeader(entry: ZipEntry, offset: number): Buffer {
  const large = entry.size >= MAX_32
  const far = offset >= MAX_32
  const name = Buffer.from(entry.name)
  const extra = zip64Extra([...(large ? [entry.size, entry.size] : []), ...(far ? [offset] : [])])
  const { date, time } = dosTime(entry.modifiedAt)
  const version = large || far ? 45 : 20
  const head = Buffer.alloc(46)
  head.writeUInt32LE(0x02014b50, 0)
  head.writeUInt16LE((UNIX << 8) | version, 4)
  head.writeUInt16LE(version, 6)
  head.writeUInt16LE(FLAGS, 8)
  head.writeUInt16LE(time, 12)
  head.writeUInt16LE(date, 14)
  head.writeUInt32LE(entry.crc32, 16)
  head.writeUInt32LE(large ? MAX_32 : entry.size, 20)
  head.writeUInt32LE(large ? MAX_32 : entry.size, 24)
  head.writeUInt16LE(name.length, 28)
  head.writeUInt16LE(extra.length, 30)
  head.writeUInt32LE(attributes(entry.name.endsWith('/')), 38)
  head.writeUInt32LE(far ? MAX_32 : offset, 42)
  return Buffer.concat([head, name, extra])
}

/** End of central directory, preceded by its Zip64 form and locator when needed (APPNOTE 4.3.14 to 4.3.16). */
function directoryEnd(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(count, MAX_16), 8)
  end.writeUInt16LE(Math.min(count, MAX_16), 10)
  end.writeUInt32LE(Math.min(size, MAX_32), 12)
  end.writeUInt32LE(Math.min(offset, MAX_32), 16)
  if (count < MAX_16 && size < MAX_32 && offset < MAX_32) return end

  const record = Buffer.alloc(24)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(45, 12)
  record.writeUInt16LE(45, 14)
  const locator = Buffer.alloc(8)
  locator.writeUInt32LE(0x07064b50, 0)
  const disks = Buffer.alloc(4)
  disks.writeUInt32LE(1, 0)
  return Buffer.concat([
    record,
    ...[count, count, size, offset].map(uint64),
    locator,
    uint64(offset + size),
    disks,
    end,
  ])
}

/** Where everything lies in the archive of `entries`. Names are taken as they are, see `entryNames`. */
export function layoutZip(entries: ZipEntry[]): ZipLayout {
  const pieces: Piece[] = []
  let at = 0
  const place = (size: number, content: { bytes: Buffer } | { entry: number }) => {
    pieces.push({ start: at, end: at + size, ...content })
    at += size
  }
  const directory = entries.map((entry, index) => {
    const header = directoryHeader(entry, at)
    const local = localHeader(entry)
    place(local.length, { bytes: local })
    place(entry.size, { entry: index })
    return header
  })
  const all = Buffer.concat(directory)
  const tail = Buffer.concat([all, directoryEnd(entries.length, all.length, at)])
  place(tail.length, { bytes: tail })
  return { length: at, pieces }
}

/**
 * The bytes `start` to `end` (exclusive) of an archive.
 *
 * @param read gives bytes of the content of one entry, by its position; called only for what is in the range
 */
export function readZip(
  layout: ZipLayout,
  range: { start: number; end: number },
  read: (entry: number, range: { start: number; end: number }) => AsyncIterable<Uint8Array>
): Readable {
  async function* bytes() {
    for (const piece of layout.pieces) {
      const start = Math.max(range.start, piece.start) - piece.start
      const end = Math.min(range.end, piece.end) - piece.start
      if (start >= end) continue
      if ('bytes' in piece) yield piece.bytes.subarray(start, end)
      else yield* read(piece.entry, { start, end })
    }
  }
  return Readable.from(bytes(), { objectMode: false })
}
