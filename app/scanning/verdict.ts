export type Verdict =
  | { status: 'clean' }
  | { status: 'infected'; signature: string }
  | { status: 'unchecked'; reason: string }
  | { status: 'unavailable'; reason: string }

/** "Signatures" by which clamd says that it could not look inside (AlertEncrypted, AlertExceedsMax). */
const BLIND: [RegExp, string][] = [
  [/^Heuristics\.Encrypted\b/, 'it is encrypted'],
  [/^Heuristics\.Limits\.Exceeded\b/, 'it is larger or nested deeper than the scanner looks'],
]

/** Errors that lie in the scanner, not in what it was given: asking again may help. */
const SCANNER_TROUBLE = /memory|temporary|create|write|open|lock|database|engine|timed out/i

export const TOO_LARGE = 'it is larger than the scanner takes'

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
  if (isSizeLimit(answer)) return { status: 'unchecked', reason: TOO_LARGE }

  const signature = /^stream: ([^\0\r\n]+) FOUND$/.exec(answer)?.[1]
  if (signature) {
    const blind = BLIND.find(([pattern]) => pattern.test(signature))
    return blind ? { status: 'unchecked', reason: blind[1] } : { status: 'infected', signature }
  }
  const error = /^(?:stream: )?([^\0\r\n]+) ERROR$/.exec(answer)?.[1]
  if (error && !SCANNER_TROUBLE.test(error)) {
    return { status: 'unchecked', reason: `the scanner reports: ${error}` }
  }
  const shown = JSON.stringify(answer.slice(0, 100))
  return { status: 'unavailable', reason: `the scanner answered ${shown}` }
}
