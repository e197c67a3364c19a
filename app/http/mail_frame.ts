/**
 * Policy of the page in the frame: its own inline styles and inline pictures, nothing else. `sandbox` without
 * exceptions takes scripts, forms, windows and the origin from it.
 */
export const MAIL_FRAME_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

/** Shown where the mail says nothing else: our font, and room at the edges. */
const STYLE =
  ':root{color-scheme:light}body{margin:1rem;background:#fff;color:#152033;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}img{max-width:100%;height:auto}'

/**
 * The HTML of a mail for its frame. Elements that reach out before or besides what a content security policy covers
 * (`link` with preconnect, `meta` with refresh, `base`) lose their names: a tag is what follows `<` to the letter, so
 * no way of writing it escapes.
 */
export function mailFrame(html: string): string {
  const harmless = html.replace(/<(link|meta|base)(?=[\s/>])/gi, '<x-$1')
  return `<!doctype html><meta charset="utf-8"><title>Mail</title><style>${STYLE}</style>${harmless}`
}
