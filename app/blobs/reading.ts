import { IntegrityError } from '#errors'
import type { BlobBytes } from './driver.ts'
import { giveBack } from './give_back.ts'
import { openSegment } from './opening.ts'
import type { SegmentSpan, SegmentTable } from './segment_table.ts'

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
  if (!table.holds(size, segmentSize)) {
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
  for (const span of blob.table.from(range.start, blob.size, blob.segmentSize)) {
    if (span.from >= end && blob.size > 0) return
    const plain = await readSegment(blob, bytes, span)
    const part = plain.subarray(Math.max(0, range.start - span.from), Math.max(0, end - span.from))
    if (part.length) yield Buffer.from(part.buffer, part.byteOffset, part.length)
  }
}

async function readSegment(
  blob: Pick<SealedBlob, 'id' | 'key'>,
  bytes: BlobBytes,
  span: SegmentSpan
): Promise<Uint8Array> {
  const place = { blob: blob.id, index: span.index, last: span.last }
  const sealed = await bytes.read(span.offset, span.length)
  const plain = await openSegment(blob.key, place, sealed)
  giveBack(sealed)
  if (plain.length !== span.plain) {
    throw new IntegrityError(
      'E_BLOB_TAMPERED',
      `Segment ${span.index} of blob ${blob.id} has ${plain.length} bytes instead of ${span.plain}`
    )
  }
  return plain
}
