/**
 * Scanning: verdicts on content, by a ClamAV daemon.
 *
 * A verdict is one of four. Only `clean` lets anything pass:
 *
 *   clean        the scanner saw all of it and said, to the letter, that it is OK
 *   infected     it named a signature
 *   unchecked    it cannot look inside, and asking again would change nothing: larger than it takes, nested
 *                beyond its limits, encrypted. Final; a person decides
 *   unavailable  no answer, or none that makes sense. Asking again later may help
 *
 * Invariants
 * - Whatever is not exactly OK is not clean. An answer that comes before the whole was sent is no OK.
 * - A scanner that answered once is remembered in the database. From then on its absence means `down`, and mail
 *   waits; only CLAMD_URL=off switches scanning off. Where none was ever seen or named, it is off, and says so.
 * - Content flows through with the pace of the scanner: nothing is ever whole in memory, and a scanner that
 *   hangs ends as `unavailable` within limits.
 * - Trouble with the content itself (IntegrityError, NotFound of #blobs) is thrown: it is no verdict.
 *
 * We speak clamd's protocol (clamd(8), INSTREAM) ourselves: the library `clamscan` ignores backpressure, and so holds
 * whole attachments in memory when the scanner is slow.
 *
 * It refuses to scan parts of a mail by itself, to keep verdicts, to retry, and to decide what happens then.
 */
export { Scanning } from './scanning.ts'
export type { ScannerHealth, ScannerMode, ScanningOptions } from './scanning.ts'
export { BLINDNESS, type Verdict } from './verdict.ts'
