import { consequenceOf, type WebtresorError, type Facts } from '#errors'

/** Why an upload does not go on, for the client. */
export interface Refusal {
  status: number
  code: string
  facts: Facts
}

/** Where the status says more than the kind of the error does (RFC 9110, RFC 4918, tus 1.0). */
const STATUS: Record<string, number> = {
  E_TOO_LARGE: 413,
  E_TOO_FRAGMENTED: 413,
  E_QUOTA: 507,
  E_ENTRIES: 507,
  E_DISK_FULL: 507,
  E_NAME_TAKEN: 409,
  E_SKIPPED: 409,
  E_LOCKED: 423,
  E_UPLOAD_BUSY: 423,
  E_UPLOAD_LOST: 423,
  E_OVERTAKEN: 409,
  E_TOO_MANY: 429,
  E_NAME: 422,
  E_DEPTH: 422,
  E_METADATA: 400,
  E_CHECKSUM_UNKNOWN: 400,
  E_CHECKSUM: 460,
}

export function answerTo(error: WebtresorError): Refusal {
  const status = STATUS[error.code] ?? consequenceOf(error).http
  return { status, code: error.code, facts: error.facts }
}
