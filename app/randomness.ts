import { randomFillSync } from 'node:crypto'

/** Bytes fetched at once: node:crypto takes as long for 32 bytes as for a thousand, and each mail asks for half a dozen times 32. */
const SUPPLY = 4096

const supply = Buffer.allocUnsafeSlow(SUPPLY)
let given = SUPPLY

/**
 * 32 bytes for a key or a salt from node:crypto's generator. They are nobody else's, and gone from the supply when they are given out.
 */
export function random32(): Uint8Array<ArrayBuffer> {
  if (given === SUPPLY) {
    randomFillSync(supply)
    given = 0
  }
  const bytes = new Uint8Array(32)
  bytes.set(supply.subarray(given, given + 32))
  supply.fill(0, given, given + 32)
  given += 32
  return bytes
}
