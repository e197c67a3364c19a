import type { Random } from '../mime_generator.ts'

/** Bytes that decide things in mails, commands, addresses and recipes. */
const morsels = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '.',
  '\r\n.\r\n',
  '--',
  '"',
  ';',
  '=',
  '=?utf-8?Q?=C3?=',
  "*0*=UTF-8''%C3",
  '%',
  '@',
  '<',
  '>',
  '\\',
  ' ',
  '\t',
  '(',
  'ä',
  '\xff',
  '\u{1f600}',
  'Content-Type: text/plain\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  '\r\n\r\n',
  'boundary=',
  'a'.repeat(1100),
]

/** A few changes at random places: bytes flipped, cut out, repeated, moved in from the other input, or put in. */
export function mutate(input: Buffer, other: Buffer, random: Random): Buffer {
  let bytes = input
  for (let changes = 1 + random.below(5); changes > 0; changes--) {
    const at = random.below(bytes.length + 1)
    const end = Math.min(bytes.length, at + random.below(60))
    const [before, behind] = [bytes.subarray(0, at), bytes.subarray(end)]
    const between = random.pick([
      () => Buffer.alloc(0),
      () => Buffer.concat([bytes.subarray(at, end), bytes.subarray(at, end)]),
      () => random.bytes(end - at),
      () => Buffer.concat([Buffer.from(random.pick(morsels)), bytes.subarray(at, end)]),
      () => piece(other, random),
    ])()
    bytes = Buffer.concat([before, between, behind])
  }
  return bytes
}

function piece(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  return bytes.subarray(at, at + random.below(200))
}
