/**
 * #letter: how a mail of Webtresor's own looks, as text and as HTML. Whoever writes one says what stands in it; #post sends it.
 *
 * - Text has 72 columns; an address of a page stands as `<URL>` on a line of its own, unbroken.
 * - HTML is the same content as inline-styled tables, which Outlook, webmail and old programs all draw, in the colours of the
 *   notice on top of outgoing mail: no image, style element or script; ASCII with numeric entities.
 * - What people wrote (names, titles, sentences) goes through `harmless` or a `said` block: no control character, no sign that
 *   turns the direction of what stands around it, no line break where a line is expected.
 *
 * It refuses to know kinds of mails, languages and recipients.
 */
import { plainLine } from '../plain_line.ts'
import { breakable, escapeHtml } from './html.ts'
import { COLUMNS, wrap } from './wrapping.ts'

export { breakable, escapeHtml } from './html.ts'
export { COLUMNS, wrap } from './wrapping.ts'

export type Block =
  /** A paragraph. */
  | string
  /** Begins a section. */
  | { heading: string }
  /** A person's own words, his line breaks kept. */
  | { said: string }
  /** A list; `more` says how many are left out. */
  | { rows: { text: string; detail?: string }[]; more?: string }
  /** Where to go; in HTML the button and the address. */
  | { label: string; url: string }

export interface LetterContent {
  locale: 'de' | 'en'
  /** What it is about, above the HTML; in text the first paragraph says it. */
  title: string
  blocks: Block[]
  /** Why the reader gets it and where he changes that, below. */
  footer?: (string | { url: string })[]
}

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** A name or title as one line that harms nothing around it; right-to-left ones are isolated (UAX 9). */
export function harmless(text: string | null | undefined, longest = 120): string {
  const line = plainLine(text, longest)
  return RIGHT_TO_LEFT.test(line) ? `\u2068${line}\u2069` : line
}

/** Both bodies of a letter. Lines of the text end in LF, the last one too. */
export function letter(content: LetterContent): { text: string; html: string } {
  return { text: asText(content), html: asHtml(content) }
}

/** Lines of what a person said; empty ones at most one at a time. */
function linesOf(said: string): string[] {
  const lines = said.split(/\r\n|[\r\n\u2028\u2029\v\f]/).map((line) => harmless(line, 2000))
  return lines.filter((line, at) => line !== '' || (at > 0 && lines[at - 1] !== ''))
}

function asText({ blocks, footer }: LetterContent): string {
  const paragraphs = blocks.map((block) => blockText(block).join('\n'))
  if (footer?.length) {
    // Of underscores: a line of dashes could be taken for the start of a signature.
    const lines = footer.flatMap((one) =>
      typeof one === 'string' ? wrap(one, COLUMNS) : [`<${one.url}>`]
    )
    paragraphs.push(['_'.repeat(COLUMNS), '', ...lines].join('\n'))
  }
  return `${paragraphs.join('\n\n')}\n`
}

function blockText(block: Block): string[] {
  if (typeof block === 'string') return wrap(block, COLUMNS)
  if ('heading' in block) {
    const lines = wrap(block.heading, COLUMNS)
    return [...lines, '='.repeat(Math.min(COLUMNS, Math.max(...lines.map((line) => line.length))))]
  }
  if ('said' in block) {
    return linesOf(block.said).flatMap((line) =>
      line === '' ? [''] : wrap(line, COLUMNS - 4).map((part) => `    ${part}`)
    )
  }
  if ('url' in block) return [`${block.label}:`, '', `<${block.url}>`]
  const rows = block.rows.flatMap(({ text, detail }) => [
    ...wrap(text, COLUMNS - 2).map((line, at) => (at === 0 ? '- ' : '  ') + line),
    ...(detail ? wrap(detail, COLUMNS - 2).map((line) => `  ${line}`) : []),
  ])
  return block.more ? [...rows, `- ${block.more}`] : rows
}

const ink = 'color:#1c2733;'
const quiet = 'color:#55636f;'
const font = "font-family:'Segoe UI',Helvetica,Arial,sans-serif;"
const body = `${font}font-size:15px;line-height:22px;${ink}`

function asHtml({ locale, title, blocks, footer }: LetterContent): string {
  const row = (style: string, inner: string) => `<tr><td style="${style}">${inner}</td></tr>`
  const foot = (footer ?? []).map((one) =>
    typeof one === 'string' ? escapeHtml(one) : anchor(one.url, quiet)
  )
  return [
    `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>`,
    '<body style="margin:0;padding:16px;">',
    `<table lang="${locale}" dir="ltr" width="100%" border="0" cellpadding="0" cellspacing="0" bgcolor="#f4f7fa"`,
    ' style="width:100%;max-width:640px;border:1px solid #cfd9e2;border-left:4px solid #1a5fb4;border-collapse:separate;background-color:#f4f7fa;text-align:left;">',
    row(
      `${font}font-size:17px;line-height:24px;font-weight:bold;${ink}padding:16px 18px 4px 18px;word-break:break-word;`,
      breakable(title)
    ),
    ...blocks.map((block) => row(`${body}padding:8px 18px 4px 18px;`, blockHtml(block))),
    ...(foot.length
      ? [
          row(
            `${font}font-size:13px;line-height:19px;${quiet}padding:14px 18px 16px 18px;`,
            foot.join('<br>\n')
          ),
        ]
      : []),
    '</table>',
    '</body></html>',
    '',
  ].join('\n')
}

function blockHtml(block: Block): string {
  if (typeof block === 'string') return words(block)
  if ('heading' in block) {
    return `<div style="font-size:16px;font-weight:bold;padding-top:10px;border-top:1px solid #cfd9e2;">${words(block.heading)}</div>`
  }
  if ('said' in block) {
    const lines = linesOf(block.said).map(words)
    return `<div style="border-left:3px solid #cfd9e2;padding:2px 0 2px 12px;word-break:break-word;">${lines.join('<br>\n')}</div>`
  }
  if ('url' in block) {
    return [
      '<table border="0" cellpadding="0" cellspacing="0" style="border-collapse:separate;"><tr>',
      '<td bgcolor="#1a5fb4" style="background-color:#1a5fb4;border-radius:4px;padding:9px 18px;">',
      `<a href="${escapeHtml(block.url)}"`,
      ` style="${font}font-size:15px;line-height:20px;font-weight:bold;color:#ffffff;text-decoration:none;">${escapeHtml(block.label)}</a>`,
      '</td></tr></table>',
      `<div style="font-size:13px;line-height:19px;padding-top:8px;">${anchor(block.url, 'color:#1a5fb4;')}</div>`,
    ].join('\n')
  }
  const cell = 'padding:6px 0;border-top:1px solid #dfe6ec;word-break:break-word;'
  const rows = block.rows.map(({ text, detail }) => {
    const small = detail
      ? `<br><span style="font-size:13px;line-height:18px;${quiet}">${words(detail)}</span>`
      : ''
    return `<tr><td style="${body}${cell}">${words(text)}${small}</td></tr>`
  })
  if (block.more) rows.push(`<tr><td style="${body}${quiet}${cell}">${words(block.more)}</td></tr>`)
  return [
    '<table width="100%" border="0" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;">',
    ...rows,
    '</table>',
  ].join('\n')
}

/** Words keep their spaces; one that is too long gets places to break at. */
function words(text: string): string {
  return text.split(' ').map(breakable).join('\n')
}

function anchor(url: string, colour: string): string {
  const address = escapeHtml(url)
  return `<a href="${address}" style="${colour}text-decoration:underline;word-break:break-all;">${address}</a>`
}
