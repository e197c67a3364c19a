import libmime from 'libmime'
import type { TakenNames } from '#taken_names'

/** What file systems take for one name: 255 bytes in UTF-8. */
const longestName = 255
/** Of a name longer than this, beginning and end are looked at, in UTF-16 units: normalizing costs the square of its length. */
const longestRaw = 1000
/** A longer ending is no extension. */
const longestExtension = 20

// Bidirectional controls make `exe.pdf` of `fdp.exe`; zero-width characters make two names look the same.
const invisible =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu
const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)$/i

/**
 * A name under which a part can be stored, shown and downloaded anywhere: one path element, at most 255 bytes of UTF-8, no
 * control or direction characters, nothing that Windows reserves, and different from all in `taken`, to which it is added. The
 * extension stays. Without a usable name it is `Anhang-<n>` with the extension of the type.
 *
 * @param raw the name as sent (of an attached message: its subject), or null
 */
export function safeFilename(raw: string | null, type: string, taken: TakenNames): string {
  const cleaned = clean(raw ?? '', type)
  const named = cleaned === '' ? null : split(withMessageExtension(cleaned, type))
  return taken.take((n) =>
    named
      ? fit(named.stem, n === 1 ? '' : ` (${n})`, named.extension)
      : `Anhang-${n}${extensionOf(type)}`
  )
}

function clean(raw: string, type: string): string {
  // A subject is no path: "Angebot 12/2026" keeps both halves.
  const last = type === 'message/rfc822' ? raw.replace(/[\\/]/g, '-') : lastElement(raw)
  const name = shortened(last)
    .toWellFormed()
    .replace(invisible, '')
    .normalize('NFC')
    .replace(/[<>:"|?*\ufffd]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^ +|[. ]+$/g, '')
  if (/^[._ ]*$/.test(name)) return ''
  const stem = name.split('.', 1)[0]!.trimEnd()
  return reserved.test(stem) ? `_${name}` : name
}

function shortened(name: string): string {
  if (name.length <= longestRaw) return name
  return name.slice(0, longestRaw - 50) + name.slice(-50)
}

function lastElement(path: string): string {
  const elements = path.split(/[\\/]/).filter((element) => element.replace(/[. ]/g, '') !== '')
  return elements.at(-1) ?? ''
}

function withMessageExtension(name: string, type: string): string {
  return type === 'message/rfc822' && !/\.eml$/i.test(name) ? `${name}.eml` : name
}

function split(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot) : ''
  if (extension.length < 2 || extension.length > longestExtension || extension.includes(' ')) {
    return { stem: name, extension: '' }
  }
  return { stem: name.slice(0, dot), extension }
}

function fit(stem: string, number: string, extension: string): string {
  const room = longestName - Buffer.byteLength(number + extension)
  return cut(stem, room) + number + extension
}

const characters = new Intl.Segmenter()

/** Cuts between characters, as a reader sees them. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let kept = ''
  let size = 0
  for (const { segment } of characters.segment(text.slice(0, bytes))) {
    size += Buffer.byteLength(segment)
    if (size > bytes) break
    kept += segment
  }
  return kept.replace(/[. ]+$/, '')
}

function extensionOf(type: string): string {
  if (type === 'message/rfc822') return '.eml'
  if (type === 'text/plain') return '.txt'
  if (type === 'image/jpeg') return '.jpg'
  return `.${libmime.detectExtension(type) || 'bin'}`
}
