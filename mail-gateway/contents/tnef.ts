import { ByteReader } from './byte_reader.ts'

/**
 * Transport Neutral Encapsulation Format, the winmail.dat of Outlook and Exchange ([MS-OXTNEF]): a row of attributes, each
 * with its level, id, length and checksum.
 */

/** What a TNEF stream says of the message that it stands for. */
export interface TnefMessage {
  /** Of attMessageClass, such as `IPM.Microsoft Mail.Note`; empty where there is none. */
  messageClass: string
  /** Whether the text of the message is in here: plain, RTF or HTML. */
  hasBody: boolean
}

/** [MS-OXTNEF] 2.1.3.1. */
export const SIGNATURE = 0x223e9f78
/** Of the stream: signature and key. Of an attribute: level, id and length; behind its data a checksum. */
export const STREAM_HEADER = 6
export const ATTRIBUTE_HEADER = 9
export const CHECKSUM = 2

/** Ids with their types, [MS-OXTNEF] 2.1.3.2. */
const attributes = { messageClass: 0x00078008, body: 0x0002800c, properties: 0x00069003 }
/** Text of a message as MAPI properties: PidTagBody, PidTagRtfCompressed, PidTagHtml ([MS-OXPROPS]). */
const bodies = new Set([0x1000, 0x1009, 0x1013])

/** Bytes of an attribute that are looked at. Larger are properties with a text in them: nothing else there is large. */
const LARGEST = 1024 * 1024
/** Attributes in front of attachments are a few dozen. */
const MOST = 1000

/** Classes that mean nothing without Outlook's own form: meetings, tasks, reports ([MS-OXTNEF] 2.1.3.3.19 has the old names). */
const items =
  /^(IPM\.(Microsoft )?Schedule\b|IPM\.(Task|Appointment)|REPORT\.|IPM\.Microsoft Mail\.(Non-Delivery|Read Receipt)$)/i

export const isOutlookItem = ({ messageClass }: TnefMessage) =>
  items.test(messageClass.replace(/^Microsoft Mail v3\.0 /, ''))

/**
 * Reads what stands in front of the attachments of a TNEF stream. Memory is bounded by what one attribute may hold.
 *
 * @returns nothing when it is no TNEF, or ends within what was to be read
 */
export async function readTnef(source: AsyncIterable<Uint8Array>): Promise<TnefMessage | null> {
  const bytes = new ByteReader(source)
  try {
    return await messageIn(bytes)
  } finally {
    await bytes.close()
  }
}

async function messageIn(bytes: ByteReader): Promise<TnefMessage | null> {
  const header = await bytes.take(STREAM_HEADER)
  if (header?.readUInt32LE() !== SIGNATURE) return null
  const message: TnefMessage = { messageClass: '', hasBody: false }
  for (let count = 0; count < MOST; count++) {
    const attribute = await bytes.take(ATTRIBUTE_HEADER)
    // Level 2: from here on attachments follow.
    if (!attribute || attribute[0] !== 1) break
    const id = attribute.readUInt32LE(1)
    const length = attribute.readUInt32LE(5)
    const wanted = Object.values(attributes).includes(id)
    if (wanted && length <= LARGEST) {
      const data = await bytes.take(length)
      if (!data) return null
      note(message, id, data)
    } else {
      if (id === attributes.body || id === attributes.properties) message.hasBody = true
      if (!(await bytes.skip(length))) return null
    }
    if (!(await bytes.skip(CHECKSUM))) break
  }
  return message
}

function note(message: TnefMessage, id: number, data: Buffer): void {
  if (id === attributes.messageClass) {
    message.messageClass = data.toString('latin1').replace(/\0[^]*$/, '')
  } else if (id === attributes.body) {
    message.hasBody ||= data.toString('latin1').replaceAll('\0', '').trim() !== ''
  } else {
    message.hasBody ||= hasBodyProperty(data)
  }
}

function hasBodyProperty(data: Buffer): boolean {
  for (const { id } of propertiesIn(data)) if (bodies.has(id)) return true
  return false
}

/**
 * [MS-OXTNEF] 2.1.3.4: a count, then properties, each with type, id and a value that is padded to four bytes. What ends too
 * soon says no more.
 *
 * @returns type and id of each, and where its value begins
 */
export function propertiesIn(data: Buffer): { type: number; id: number; value: number }[] {
  const found = []
  try {
    let at = 4
    for (let left = data.readUInt32LE(); left > 0; left--) {
      const type = data.readUInt16LE(at)
      const id = data.readUInt16LE(at + 2)
      const value = afterName(data, id, at + 4)
      at = afterValue(data, type, value)
      found.push({ type, id, value })
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return found
}

/** Ids from 0x8000 carry their name: a GUID, and a number or a text. */
function afterName(data: Buffer, id: number, at: number): number {
  if (id < 0x8000) return at
  const kind = data.readUInt32LE(at + 16)
  return kind === 0 ? at + 24 : at + 24 + padded(data.readUInt32LE(at + 20))
}

function afterValue(data: Buffer, type: number, at: number): number {
  const many = (type & 0x1000) !== 0
  const width = widths.get(type & 0xfff)
  let next = many || width === undefined ? at + 4 : at
  const values = next > at ? data.readUInt32LE(at) : 1
  if (width !== undefined) return next + values * width
  for (let left = values; left > 0; left--) next += 4 + padded(data.readUInt32LE(next))
  return next
}

/** Bytes of a value by the type of its property ([MS-OXCDATA] 2.11.1), with padding; others say how long they are. */
const widths = new Map([
  [0x01, 0],
  [0x02, 4],
  [0x03, 4],
  [0x04, 4],
  [0x05, 8],
  [0x06, 8],
  [0x07, 8],
  [0x0a, 4],
  [0x0b, 4],
  [0x14, 8],
  [0x40, 8],
  [0x48, 16],
])

const padded = (length: number) => Math.ceil(length / 4) * 4
