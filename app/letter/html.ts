/** For text and quoted attributes; ASCII only, so that it fits a body in any charset. */
export function escapeHtml(text: string): string {
  return text.replace(/[^\t\n\r !#-%(-;=?-~]/gu, (char) => `&#${char.codePointAt(0)};`)
}

/** A long name gets places to break at, which keeps the lines of the source short as well. */
export function breakable(name: string): string {
  const characters = [...name]
  if (characters.length <= 40) return escapeHtml(name)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += 10) {
    pieces.push(escapeHtml(characters.slice(at, at + 10).join('')))
  }
  return pieces.join('<wbr\r\n>')
}
