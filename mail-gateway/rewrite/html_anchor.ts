/** Elements that stand before the body, and end tags: they do not begin the content. */
const headElements = new Set([
  'html',
  'head',
  'meta',
  'link',
  'base',
  'basefont',
  'bgsound',
  'title',
  'style',
  'script',
  'noscript',
  'object',
])
/** Their content is text up to the end tag, whatever is in it. */
const rawText = new Set([
  'title',
  'style',
  'script',
  'noscript',
  'textarea',
  'xmp',
  'noframes',
  'iframe',
])
/** Anything but white space of HTML and a byte order mark, as itself or as Latin-1 shows its UTF-8. */
const visible = /[^\t\n\f\r \u00ef\u00bb\u00bf\ufeff]/

/**
 * Where something goes that shall be seen on top: behind the `<body>` tag, or where there is none, before the first thing that
 * a browser would show. Comments, raw text and `>` within quoted attributes are respected.
 *
 * @param html the document, or its beginning; ASCII-compatible bytes may be given as Latin-1
 * @param complete whether nothing follows
 * @returns an index into `html`, or null when the beginning does not tell
 */
export function bodyAnchor(html: string, complete: boolean): number | null {
  let at = 0
  let inHead = false
  while (at < html.length) {
    const open = html.indexOf('<', at)
    const text = html.slice(at, open < 0 ? html.length : open)
    if (!inHead && visible.test(text)) return at
    if (open < 0) break
    const tag = nextTag(html, open)
    if (!tag) return complete && !inHead ? open : null
    if (tag.name === 'body' && !tag.closing) return tag.end
    if (tag.name === 'head') inHead = !tag.closing
    if (tag.closing && tag.name === 'html') return open
    if (!tag.closing && !inHead && startsContent(tag.name)) return open
    // What is in a template is never shown, its body tag neither; what stands before one ends the head.
    if (!tag.closing && tag.name === 'template') return open
    at = tag.end
    if (!tag.closing && rawText.has(tag.name)) {
      const close = new RegExp(`</${tag.name}(?=[\\s/>])`, 'gi')
      close.lastIndex = at
      const found = close.exec(html)
      if (!found) return null
      if (tag.name === 'script' && hidesItsEnd(html.slice(at, found.index))) return open
      at = found.index
    }
  }
  return complete && !inHead ? html.length : null
}

/** Within a comment in a script, a script of its own hides the end tag (HTML, 13.2.5.20 to 13.2.5.31). */
function hidesItsEnd(script: string): boolean {
  const comment = script.indexOf('<!--')
  return comment >= 0 && /<script(?=[\s/>])/i.test(script.slice(comment))
}

/** Namespaced tags, such as those of Office, are no content by themselves. */
function startsContent(name: string): boolean {
  return name !== '' && !headElements.has(name) && !name.includes(':')
}

/** The tag, comment or declaration at `open`; null when it does not end. Comments have no name. */
function nextTag(
  html: string,
  open: number
): { name: string; closing: boolean; end: number } | null {
  if (html.startsWith('<!--', open)) {
    const short = /<!--(?:-?>)/y
    short.lastIndex = open
    if (short.test(html)) return { name: '', closing: false, end: short.lastIndex }
    const end = /--!?>/g
    end.lastIndex = open + 4
    return end.test(html) ? { name: '', closing: false, end: end.lastIndex } : null
  }
  if (/[!?]/.test(html[open + 1] ?? '')) {
    const end = html.indexOf('>', open)
    return end < 0 ? null : { name: '', closing: false, end: end + 1 }
  }
  const start = /<(\/?)([a-z][^\s/>]*)/iy
  start.lastIndex = open
  const match = start.exec(html)
  // A `<` that begins no tag is text.
  if (!match) return { name: '#text', closing: false, end: open + 1 }
  const end = tagEnd(html, start.lastIndex)
  return end === null ? null : { name: match[2]!.toLowerCase(), closing: match[1] === '/', end }
}

/** Behind the `>` that ends a tag. A quote counts only where a value begins; elsewhere browsers take it for a name. */
function tagEnd(html: string, start: number): number | null {
  let value = false
  for (let at = start; at < html.length; at++) {
    const char = html[at]!
    if (char === '>') return at + 1
    if (value && (char === '"' || char === "'")) {
      const close = html.indexOf(char, at + 1)
      if (close < 0) return null
      at = close
      value = false
    } else if (char === '=') value = true
    else if (!/\s/.test(char)) value = false
  }
  return null
}
