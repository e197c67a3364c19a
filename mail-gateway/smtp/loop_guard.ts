import { PermanentError } from '#errors'

const LF = 0x0a

const NOTHING = Buffer.alloc(0)

/** Enough of a line to know its field name, and the whole of an X-Webtresor-Id. */
const KEPT_OF_LINE = 512

const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s

export interface LoopRules {
  /** More Received fields than this are a loop (RFC 5321 section 6.3). */
  maxReceived: number
  /** Whether the value of an X-Webtresor-Id field carries our HMAC: a mail of ours has come back. */
  isOurs: (id: string) => boolean
}

/**
 * Watches the header block of a passing message for a loop.
 *
 * Keeps the beginning of one line, whatever the length of the block. A line ends with LF here, with or without
 * CR: a sender of bare newlines shall not hide a loop. The block ends at the first line that is no header field.
 */
export class LoopGuard {
  readonly #rules: LoopRules
  #line: Buffer = NOTHING
  #received = 0
  #inHeader = true

  constructor(rules: LoopRules) {
    this.#rules = rules
  }

  /** Takes the next content bytes. Throws PermanentError E_LOOP. */
  see(chunk: Buffer): void {
    let from = 0
    while (this.#inHeader && from < chunk.length) {
      const newline = chunk.indexOf(LF, from)
      const to = newline === -1 ? chunk.length : newline
      this.#keep(chunk.subarray(from, to))
      if (newline === -1) {
        return
      }
      const line = this.#line.toString('latin1').replace(/\r$/, '')
      this.#line = NOTHING
      this.#judge(line)
      from = newline + 1
    }
  }

  #keep(bytes: Buffer) {
    const room = KEPT_OF_LINE - this.#line.length
    if (room > 0) {
      const kept = bytes.subarray(0, room)
      this.#line = this.#line.length === 0 ? kept : Buffer.concat([this.#line, kept])
    }
  }

  #judge(line: string) {
    if (/^[ \t]/.test(line)) {
      return
    }
    const [, name, value] = FIELD.exec(line) ?? []
    if (name === undefined || value === undefined) {
      this.#inHeader = false
      return
    }
    switch (name.toLowerCase()) {
      case 'received':
        this.#received += 1
        if (this.#received > this.#rules.maxReceived) {
          throw new PermanentError(
            'E_LOOP',
            `The message has more than ${this.#rules.maxReceived} Received fields: look for a route that leads back here.`
          )
        }
        return
      case 'x-webtresor-id':
        if (this.#rules.isOurs(value.trim())) {
          throw new PermanentError(
            'E_LOOP',
            `Our own mail ${value.trim()} came back: RELAY_URL or DELIVER_URL leads to this listener.`
          )
        }
    }
  }
}
