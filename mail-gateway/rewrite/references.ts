import type { MimePart } from '../mime/tree.ts'

const cidReference = /cid:([^\s"'<>)\\]{1,1000})/gi
const urlReference =
  /(?:src|background|poster|data)\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'>]{1,2000}))|url\(\s*["']?([^"')]{1,2000})/gi

/** Paths of those images that the HTML names by `cid:` (RFC 2392) or by their Content-Location (RFC 2557). */
export function* referencesIn(html: string, images: readonly MimePart[]): Generator<string> {
  if (images.length === 0) return
  const ids = new Set<string>()
  for (const [, id] of html.matchAll(cidReference)) ids.add(readable(id!))
  const urls = new Set<string>()
  if (images.some((image) => image.contentLocation)) {
    for (const match of html.matchAll(urlReference)) {
      urls.add(
        readable(
          match
            .slice(1)
            .find((value) => value !== undefined)!
            .trim()
        )
      )
    }
  }
  for (const { path, contentId, contentLocation } of images) {
    const id = contentId?.replace(/^<|>$/g, '')
    if (
      (id && (ids.has(id) || ids.has(readable(id)))) ||
      (contentLocation && urls.has(readable(contentLocation.trim())))
    ) {
      yield path
    }
  }
}

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  commat: '@',
}

/** Undoes HTML entities and percent-encoding, which references may carry and Content-ID fields do not. */
function readable(value: string): string {
  const plain = value.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));?/gi,
    (whole, hex, decimal, name) => {
      if (name) return entities[String(name).toLowerCase()] ?? whole
      const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    }
  )
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}
