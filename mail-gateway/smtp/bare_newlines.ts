import { PermanentError } from '#errors'

const CR = 0x0d
const LF = 0x0a

/**
 * Refuses a passing message at its first CR or LF that is not part of CRLF.
 *
 * Servers disagree about where such a line, or such a message, ends; whoever relays it lets a stranger put
 * mails of his own behind it (SMTP smuggling). RFC 5321 section 2.3.8 forbids them.
 */
export class BareNewlines {
  #afterCr = false

  /** Takes the next content bytes. Throws PermanentError E_BARE_NEWLINE. */
  see(chunk: Buffer): void {
    if (chunk.length === 0) {
      return
    }
    if (this.#afterCr && chunk[0] !== LF) {
      throw bare('CR')
    }
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, at + 1)) {
      const afterCr = at === 0 ? this.#afterCr : chunk[at - 1] === CR
      if (!afterCr) {
        throw bare('LF')
      }
    }
    const last = chunk.length - 1
    for (let at = chunk.indexOf(CR); at !== -1 && at < last; at = chunk.indexOf(CR, at + 1)) {
      if (chunk[at + 1] !== LF) {
        throw bare('CR')
      }
    }
    this.#afterCr = chunk[last] === CR
  }
}

function bare(what: 'CR' | 'LF') {
  return new PermanentError(
    'E_BARE_NEWLINE',
    `A bare ${what} in the message, from a client outside TRUSTED_NETWORKS.`
  )
}
