/** Writes TNEF streams ([MS-OXTNEF]) as Outlook does. */

function attribute(level: number, id: number, data: Buffer): Buffer {
  const header = Buffer.alloc(9)
  header.writeUInt8(level)
  header.writeUInt32LE(id, 1)
  header.writeUInt32LE(data.length, 5)
  const checksum = Buffer.alloc(2)
  checksum.writeUInt16LE(data.reduce((sum, byte) => (sum + byte) & 0xffff, 0))
  return Buffer.concat([header, data, checksum])
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const property = (type: number, id: number, ...value: Buffer[]) =>
  Buffer.concat([u32(type + id * 0x10000), ...value])

/** A value that says how long it is. */
function variable(value: Buffer): Buffer {
  const padding = Buffer.alloc((4 - (value.length % 4)) % 4)
  return Buffer.concat([u32(1), u32(value.length), value, padding])
}

/** Properties of each kind, the one with the text last. */
function properties(rtf: Buffer | undefined): Buffer {
  const name = Buffer.from('keywords\0', 'utf16le')
  const guid = Buffer.alloc(16, 7)
  const all = [
    property(0x0b, 0x0e1f, u32(1)),
    property(0x40, 0x0039, Buffer.alloc(8, 1)),
    property(0x1003, 0x6001, u32(2), u32(5), u32(6)),
    property(
      0x1e,
      0x8001,
      guid,
      u32(1),
      u32(name.length),
      name,
      Buffer.alloc(2),
      variable(Buffer.from('a\0'))
    ),
    property(0x03, 0x8002, guid, u32(0), u32(34049), u32(9)),
    ...(rtf ? [property(0x102, 0x1009, variable(rtf))] : []),
  ]
  return Buffer.concat([u32(all.length), ...all])
}

function fileProperties(name: string): Buffer {
  const all = [
    property(0x03, 0x3705, u32(1)),
    property(0x1f, 0x3707, variable(Buffer.from(`${name}\0`, 'utf16le'))),
  ]
  return Buffer.concat([u32(all.length), ...all])
}

export interface Written {
  messageClass?: string
  body?: string
  rtf?: Buffer
  file?: File
  files?: File[]
}

interface File {
  /** In the old eight characters, and a dot, and three. */
  name: string
  /** As people see it. */
  longName?: string
  content: Buffer
}

export function tnef({
  messageClass,
  body,
  rtf,
  file,
  files = file ? [file] : [],
}: Written): Buffer {
  const text = (value: string) => Buffer.from(`${value}\0`, 'latin1')
  return Buffer.concat([
    u32(0x223e9f78),
    Buffer.from([1, 0]),
    attribute(1, 0x00089006, u32(0x10000)),
    attribute(1, 0x00069007, Buffer.from([0xe4, 4, 0, 0, 0, 0, 0, 0])),
    ...(messageClass ? [attribute(1, 0x00078008, text(messageClass))] : []),
    attribute(1, 0x00018004, text('Betreff')),
    ...(body === undefined ? [] : [attribute(1, 0x0002800c, text(body))]),
    attribute(1, 0x00069003, properties(rtf)),
    ...files.flatMap(({ name, longName, content }) => [
      attribute(2, 0x00069002, Buffer.alloc(14)),
      attribute(2, 0x00018010, text(name)),
      attribute(2, 0x0006800f, content),
      ...(longName ? [attribute(2, 0x00069005, fileProperties(longName))] : []),
    ]),
  ])
}
