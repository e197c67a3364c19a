import { encryptMessage } from './seipd.ts'

/** Plain text of a segment in bytes. Larger ones are no faster, and hold memory and the event loop longer. */
export const SEGMENT_SIZE = 1024 * 1024

/** A segment's place: which blob, which number from 0, and whether the blob ends with it. */
export interface SegmentPlace {
  blob: string
  index: number
  last: boolean
}

/** What a segment's literal packet has for a file name. */
export function placeOf({ blob, index, last }: SegmentPlace): string {
  return `${blob}:${index}${last ? ':last' : ''}`
}

/** One OpenPGP message, in memory of its own, that holds `plain` and, as the literal packet's file name, its place. */
export function sealSegment(
  key: Uint8Array,
  place: SegmentPlace,
  plain: Uint8Array
): Uint8Array<ArrayBuffer> {
  return encryptMessage(key, placeOf(place), plain)
}
