import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'

const asciiNames = /^(us-?ascii|ascii|ansi_x3\.4-1968|iso646-us)$/

/** The bytes of `text` in `charset` (null = none given, which means US-ASCII), or null where they do not exist. */
export function encodeText(text: string, charset: string | null): Buffer | null {
  const name = charset ?? 'us-ascii'
  if (isPlainAscii(text)) return keepsAscii(name) ? Buffer.from(text, 'latin1') : null
  if (asciiNames.test(name) || !iconv.encodingExists(name) || !keepsAscii(name)) return null
  const bytes = iconv.encode(text, name)
  return iconv.decode(bytes, name) === text ? bytes : null
}

/**
 * Text in `charset`, or null where we cannot read it. What calls itself US-ASCII, or nothing, and is not, is read as UTF-8
 * where it is that, else as windows-1252, as mail programs do.
 */
export function decodeText(bytes: Buffer, charset: string | null): string | null {
  const name = charset ?? 'us-ascii'
  if (asciiNames.test(name)) {
    return isUtf8(bytes) ? bytes.toString('utf8') : iconv.decode(bytes, 'windows-1252')
  }
  if (iconv.encodingExists(name)) return iconv.decode(bytes, name, { stripBOM: false })
  try {
    return new TextDecoder(name, { ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Whether bytes in this charset mean the same in UTF-8: pure ASCII in a charset that has it. */
export function isAsciiIn(bytes: Buffer, charset: string | null): boolean {
  const name = charset ?? 'us-ascii'
  return isAscii(bytes) && keepsAscii(name) && !bytes.includes(0x1b)
}

export function isPlainAscii(text: string): boolean {
  return /^[\t\r\n -~]*$/.test(text)
}

/**
 * Whether ASCII text at the start of a body, or behind an HTML tag, stands there as it is. ISO-2022-JP begins in its ASCII state
 * (RFC 1468); UTF-16, UTF-7, HZ and EBCDIC give some ASCII characters other meanings.
 */
function keepsAscii(charset: string): boolean {
  if (asciiNames.test(charset) || /^iso-2022-jp/.test(charset)) return true
  if (!iconv.encodingExists(charset)) return false
  const sample = ' !"#$%&\'()*+,-./0129:;<=>?@AZ[]^_`az{|}~\r\n'
  return iconv.encode(sample, charset).equals(Buffer.from(sample, 'latin1'))
}
