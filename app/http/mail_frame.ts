/**
 * Policy of the page in the frame: its own inline styles and inline pictures, nothing else. `sandbox` without
 * exceptions takes scripts, forms, windows and the origin from it.
 */
export const MAIL_FRAME_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

/** Shown where the mail says nothing else: our font, and room at the edges. Links are words only. */
const STYLE =
  ':root{color-scheme:light}body{margin:1rem;background:#fff;color:#152033;font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}img{max-width:100%;height:auto}x-a{text-decoration:underline}'

/**
 * Elements that reach out besides what a content security policy covers: a browser connects to a link's or frame's
 * server before it finds out that it may not go there, and the server's name may tell who reads which mail.
 */
const REACHING =
  /<(\/?)(a|area|base|embed|fencedframe|frame|iframe|link|meta|object|portal)(?=[\s/>])/gi

/**
 * The HTML of a mail for its frame. Elements that reach out lose their names: a tag is what follows `<` to the
 * letter, wherever it stands, so no way of writing it escapes.
 */
export function mailFrame(html: string): string {
  return `<!doctype html><meta charset="utf-8"><title>Mail</title><style>${STYLE}</style>${html.replace(REACHING, '<$1x-$2')}`
}
