/** Signs that turn the reading direction or cannot be seen: in a name or subject they serve to deceive. */
const DECEIVING =
  /[\p{Cc}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu

/**
 * Text of a stranger (name, subject, address) as one harmless line: no control, direction or invisible signs, at
 * most `longest` characters. Escaping and isolation (`<bdi>`) remain the page's work.
 */
export function plainLine(text: string | null | undefined, longest = 300): string {
  const line = (text ?? '').toWellFormed().replace(DECEIVING, ' ').replace(/\s+/g, ' ').trim()
  const signs = [...line.slice(0, longest * 2 + 2)]
  return signs.length > longest || line.length > longest * 2
    ? `${signs.slice(0, longest).join('')}…`
    : line
}

/** The same inside a sentence: whatever its direction, it does not reorder the words around it (UAX 9, FSI and PDI). */
export function isolated(text: string | null | undefined, longest = 120): string {
  return `\u2068${plainLine(text, longest)}\u2069`
}
