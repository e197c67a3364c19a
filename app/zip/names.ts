import { TakenNames } from '#taken_names'

/** Names of devices, which Windows takes for these whatever follows the first dot. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)( *\.|$)/i

/** What no file name may hold somewhere: separators, what Windows forbids, controls, and marks that turn the text around. */
const FORBIDDEN = /[/\\<>:"|?*\p{Cc}\u202A-\u202E\u2066-\u2069]/gu

/** A name as every system can store it: one file name, never a path, never a device. */
export function safeName(raw: string): string {
  const name = raw
    .toWellFormed()
    .replace(FORBIDDEN, '_')
    // Windows drops dots and blanks at the end, so that two names become one.
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length))
  return RESERVED.test(name) ? `_${name}` : name || '_'
}

/** Names for one folder: each safe, none twice whatever the case. */
export function entryNames(names: string[]): string[] {
  const taken = new TakenNames()
  return names.map((raw) => {
    const name = safeName(raw)
    const dot = name.lastIndexOf('.')
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
    return taken.take((n) => (n === 1 ? name : `${stem} (${n})${extension}`))
  })
}
