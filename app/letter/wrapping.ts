/** Any text format of mail, and quoting of it, keeps lines of this many columns. */
export const COLUMNS = 72

/** Characters as a reader sees them. */
const characters = new Intl.Segmenter()

/** Lines of at most `room` columns: broken at spaces, and where a word is too long within it. */
export function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) <= room) {
      line += ` ${word}`
      continue
    }
    if (line !== '') lines.push(line)
    line = ''
    for (const { segment } of characters.segment(word)) {
      if (width(line) + width(segment) > room) {
        lines.push(line)
        line = ''
      }
      line += segment
    }
  }
  return line === '' ? lines : [...lines, line]
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\p{Extended_Pictographic}]/gu

/** Columns on a terminal: East Asian characters take two. */
function width(text: string): number {
  return [...text].length + (text.match(wide)?.length ?? 0)
}
