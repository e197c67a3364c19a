import type { VaultFile } from '#vault'

/** How a file can be looked at without being opened by a program. */
export type PreviewKind = 'pdf' | 'image' | 'text'

/** Bytes: a browser holds the whole file for this. */
const LARGEST = 64 * 1024 * 1024
/** Bytes of a text that are shown. */
export const SHOWN_TEXT = 512 * 1024

/** Media types for pictures: by name, since what an uploader said proves nothing. SVG is a program, and missing here. */
const pictures: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
}

/** What is shown as its source, HTML and SVG among it. */
const texts = new Set(
  'txt md log csv tsv json xml html htm svg yml yaml ini conf css js ts sql eml ics vcf rtf tex asc'.split(
    ' '
  )
)

/** Nothing for what has no preview: too large, not let out, or of another kind. */
export function previewOf(file: VaultFile): { kind: PreviewKind; type: string } | undefined {
  if (!file.downloadable) return undefined
  const extension = /\.([a-z0-9]{1,8})$/i.exec(file.name)?.[1]?.toLowerCase() ?? ''
  if (texts.has(extension)) return { kind: 'text', type: 'text/plain' }
  if (file.size > LARGEST || file.size === 0) return undefined
  if (extension === 'pdf') return { kind: 'pdf', type: 'application/pdf' }
  const type = pictures[extension]
  return type ? { kind: 'image', type } : undefined
}

/**
 * Policy of the frame in which a file is looked at. It has no origin, so it shares nothing with our pages; it may fetch our own
 * scripts, fonts and decoders, and nothing else. Decoders of scanned pages are WebAssembly.
 *
 * @param origin of this server: what has no origin has no `'self'` either
 */
export function previewPolicy(origin: string): string {
  const assets = `${origin}/assets/`
  return [
    'sandbox allow-scripts',
    "default-src 'none'",
    `script-src ${assets} 'wasm-unsafe-eval'`,
    'worker-src blob:',
    `connect-src ${assets}`,
    `style-src ${assets}`,
    'img-src blob:',
    'font-src blob: data:',
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ')
}
