/** A leaf of a message's MIME tree, what was decided about it and what the scanner said. Offsets are bytes. */
export interface Part {
  path: string
  type: string
  filename: string | null
  encoding: string
  charset: string | null
  disposition: string | null
  start: number
  bodyStart: number
  bodyEnd: number
  end: number
  action: 'keep' | 'replace'
  reason: string
  /** Decoded bytes and their digest, known once the part was read. */
  size: number | null
  sha256: string | null
  verdict: string | null
  verdictDetail: string | null
}

export type PartRow = Omit<Part, 'bodyStart' | 'bodyEnd' | 'verdictDetail'> & {
  number: number
  position: number
  body_start: number
  body_end: number
  verdict_detail: string | null
}

export function toRow(number: number, position: number, part: Part): PartRow {
  const { bodyStart, bodyEnd, verdictDetail, ...same } = part
  return {
    number,
    position,
    ...same,
    type: part.type.slice(0, 200),
    encoding: part.encoding.slice(0, 40),
    charset: part.charset?.slice(0, 60) ?? null,
    disposition: part.disposition?.slice(0, 40) ?? null,
    body_start: bodyStart,
    body_end: bodyEnd,
    verdict_detail: verdictDetail,
  }
}

export function fromRow(row: PartRow): Part {
  return {
    path: row.path,
    type: row.type,
    filename: row.filename,
    encoding: row.encoding,
    charset: row.charset,
    disposition: row.disposition,
    start: row.start,
    bodyStart: row.body_start,
    bodyEnd: row.body_end,
    end: row.end,
    action: row.action,
    reason: row.reason,
    size: row.size,
    sha256: row.sha256,
    verdict: row.verdict,
    verdictDetail: row.verdict_detail,
  }
}
