/** What a reader found: every part that it would show, as text or as a file. */
export interface SeenPart {
  /** Fingerprint of the decoded content. */
  print: string
  /** Whether it would be offered as a file; else it is shown as the mail's text. */
  file: boolean
}

export type Reading = SeenPart[]

/** One leaf of our own reading. Offsets are bytes of what is read. */
export interface Leaf {
  path: string
  encoding: string
  bodyStart: number
  bodyEnd: number
  /** Whether the plan takes it for the text of the mail. */
  body: boolean
}

/** Something on which the readers do not agree; `path` is our part, '' where we have none. */
export interface Disagreement {
  path: string
  reason: DisagreementReason
}

export const readers = ['mailparser', 'postal_mime'] as const
export type ReaderName = (typeof readers)[number]

/** Stable slugs: they are stored with the plan and shown to the administrator. */
export type DisagreementReason =
  | `${ReaderName}_misses_part`
  | `${ReaderName}_finds_part`
  | `${ReaderName}_shows_file`
  | `${ReaderName}_fails`
  | 'opinions_timed_out'
  | 'opinions_crashed'
  | 'too_large_to_compare'
