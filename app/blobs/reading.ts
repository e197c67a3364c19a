import { IntegrityError } from '#errors'
import type { BlobBytes } from './driver.ts'
import type { SegmentTable } from './segment_table.ts'
import { openSegment } from './segments.ts'

/** A range of plain text in bytes; `end` is exclusive, and the end of the blob when absent or beyond it. */
export interface BlobRange {
  start: number
  end?: number
}

/** What the rows say about a blob, as far as reading needs it. */
export interface SealedBlob {
  id: string
  size: number
  segmentSize: number
  table: SegmentTable
  key: Uint8Array
}

/** @throws IntegrityError `E_BLOB_ROW` unless size and segment table agree */
export function assertConsistent({ id, size, segmentSize, table }: Omit<SealedBlob, 'key'>): void {
  if (table.count !== Math.max(1, Math.ceil(size / segmentSize))) {
    throw new IntegrityError('E_BLOB_ROW', `The row of blob ${id} contradicts itself`)
  }
}

/**
 * Yields the plain text of a range, a segment at a time, each authenticated before it is handed out. The end of
 * the blob is authenticated with its last segment; a range before it says nothing about what follows.
 */
export async function* readSegments(
  blob: SealedBlob,
  bytes: BlobBytes,
  range: BlobRange
): AsyncGenerator<Buffer> {
  if (bytes.size !== blob.table.bytes) {
    throw new IntegrityError(
      'E_BLOB_TAMPERED',
      `Blob ${blob.id} has ${bytes.size} bytes at rest instead of ${blob.table.bytes}`
    )
  }
  const end = Math.min(range.end ?? blob.size, blob.size)
  // A blob without bytes has a segment all the same, and that one is checked too.
  if (range.start >= end && blob.size > 0) return
  const first = Math.floor(range.start / blob.segmentSize)
  const last = Math.max(0, Math.ceil(end / blob.segmentSize) - 1)
  for (let index = blob.size > 0 ? first : 0; index <= last; index++) {
    const plain = await readSegment(blob, bytes, index)
    const from = index * blob.segmentSize
    const part = plain.subarray(Math.max(0, range.start - from), Math.max(0, end - from))
    if (part.length) yield Buffer.from(part.buffer, part.byteOffset, part.length)
  }
}

async function readSegment(blob: SealedBlob, bytes: BlobBytes, index: number): Promise<Uint8Array> {
  const { offset, length } = blob.table.locate(index)
  const place = { blob: blob.id, index, last: index === blob.table.count - 1 }
  const plain = await openSegment(blob.key, place, await bytes.read(offset, length))
  const expected = Math.min(blob.segmentSize, blob.size - index * blob.segmentSize)
  if (plain.length !== expected) {
    throw new IntegrityError(
      'E_BLOB_TAMPERED',
      `Segment ${index} of blob ${blob.id} has ${plain.length} bytes instead of ${expected}`
    )
  }
  return plain
}
