export type Verdict =
  | { status: 'clean' }
  | { status: 'infected'; signature: string }
  | { status: 'unchecked'; reason: string }
  | { status: 'unavailable'; reason: string }

/** Why the scanner could not look inside, by a name for it. */
export const BLINDNESS = {
  encrypted: 'it is encrypted',
  nested: 'it is larger or nested deeper than the scanner looks',
  large: 'it is larger than the scanner takes',
} as const

/** "Signatures" by which clamd says that it could not look inside (AlertEncrypted, AlertExceedsMax). */
const BLIND: [RegExp, string][] = [
  [/^Heuristics\.Encrypted\b/, BLINDNESS.encrypted],
  [/^Heuristics\.Limits\.Exceeded\b/, BLINDNESS.nested],
]

/** Errors that lie in the content, so that asking again changes nothing (cl_strerror of libclamav). */
const CONTENT_ERROR = /format|broken|parse|unpack|CL_EMAX|time limit|too (large|deep|many)/i

/** clamd's way to say that a stream is longer than its StreamMaxLength. */
export function isSizeLimit(answer: string): boolean {
  return /^INSTREAM size limit exceeded/.test(answer)
}

/**
 * What an answer of clamd to INSTREAM means, without its terminator.
 *
 * @param complete whether all of the content had been sent when the answer came
 */
export function verdictOf(answer: string, complete: boolean): Verdict {
  if (answer === 'stream: OK') {
    return complete
      ? { status: 'clean' }
      : { status: 'unavailable', reason: 'the scanner answered before it had seen everything' }
  }
  if (isSizeLimit(answer)) return { status: 'unchecked', reason: BLINDNESS.large }

  const signature = /^stream: ([^\0\r\n]+) FOUND$/.exec(answer)?.[1]
  if (signature) {
    const blind = BLIND.find(([pattern]) => pattern.test(signature))
    return blind ? { status: 'unchecked', reason: blind[1] } : { status: 'infected', signature }
  }
  // A clamd that is shutting down answers with errors too, in the middle of a stream.
  const error = /^stream: ([^\0\r\n]+) ERROR$/.exec(answer)?.[1]
  if (error && complete && CONTENT_ERROR.test(error)) {
    return { status: 'unchecked', reason: `the scanner reports: ${error}` }
  }
  const shown = JSON.stringify(answer.slice(0, 100))
  return { status: 'unavailable', reason: `the scanner answered ${shown}` }
}
