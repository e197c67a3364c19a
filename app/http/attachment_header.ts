const GERMAN: Record<string, string> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  Ä: 'Ae',
  Ö: 'Oe',
  Ü: 'Ue',
  ß: 'ss',
}

/** The name for clients that know no filename*: ASCII, and nothing that a quoted-string would have to escape. */
function asciiName(name: string): string {
  const ascii = name
    .normalize('NFC')
    .replace(/[äöüÄÖÜß]/g, (letter) => GERMAN[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '_')
  return ascii.replace(/["\\%/;]/g, '_')
}

/**
 * Content-Disposition of a file that is to be saved (RFC 6266): an ASCII name, and where that says less than the
 * real one, the real one in UTF-8 (RFC 8187).
 */
export function attachmentHeader(name: string): string {
  const ascii = asciiName(name)
  if (ascii === name) return `attachment; filename="${ascii}"`
  const utf8 = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${utf8}`
}
