import { decodeBody } from '../mime/codecs.ts'
import type { MimePart, MimeTree } from '../mime/tree.ts'
import { isInvoiceRoot } from './invoice_root.ts'
import { isBodyText, isLeaf, mayBeInlineImage, mayBeXml, protection } from './rules.ts'
import { referencesIn } from './references.ts'

/** What only the content of parts tells; each set holds paths of parts. */
export interface ContentFacts {
  /** Texts with an inline OpenPGP message or clear signature. */
  inlinePgp: ReadonlySet<string>
  /** CMS content that is signed or enveloped, whatever its type says (RFC 8551, 3.9). */
  pkcs7: ReadonlySet<string>
  /** XML whose root is an e-invoice: UBL Invoice or CreditNote, or CII. */
  invoices: ReadonlySet<string>
  /** Images that an HTML body names by `cid:` or by their Content-Location. */
  referenced: ReadonlySet<string>
}

/** Bytes of the message, `end` exclusive. */
export type ReadRange = (start: number, end: number) => AsyncIterable<Uint8Array>

/** The root element of an XML document stands within its first bytes. */
const xmlPeek = 65_536

/** Reads from the content what the plan depends on, in one streaming pass over those parts that can matter. */
export async function gatherFacts(tree: MimeTree, readRange: ReadRange): Promise<ContentFacts> {
  const candidates = tree.parts.filter(
    (part) => isLeaf(part) && protection(part) === null && !isForwarded(part)
  )
  const images = candidates.filter(mayBeInlineImage)
  const inlinePgp = new Set<string>()
  const pkcs7 = new Set<string>()
  const invoices = new Set<string>()
  const referenced = new Set<string>()
  for (const part of candidates) {
    const open = () => decodeBody(readRange(part.bodyStart, part.bodyEnd), part.transferEncoding)
    if (isBodyText(part)) {
      const html = part.type === 'text/html'
      const seen = await scanText(open(), html, html ? images : [])
      if (seen.pgp) inlinePgp.add(part.path)
      for (const path of seen.referenced) referenced.add(path)
    }
    if (mayBeXml(part) && isInvoiceRoot(await head(open(), xmlPeek))) invoices.add(part.path)
    if (mayBeCms(part) && isCms(await head(open(), 64))) pkcs7.add(part.path)
  }
  return { inlinePgp, pkcs7, invoices, referenced }
}

/** Within an attached message nothing is decided. */
function isForwarded(part: MimePart): boolean {
  for (let at = part.parent; at; at = at.parent) if (at.boundary === null) return true
  return false
}

/** How much text of the chunk before is looked at again, so that nothing falls between two chunks. */
const overlap = 4096
const armor = /(?:^|[\r\n])-----BEGIN PGP (?:SIGNED )?MESSAGE-----/
const armorInHtml = /-----BEGIN PGP (?:SIGNED )?MESSAGE-----/

async function scanText(source: AsyncIterable<Buffer>, html: boolean, images: MimePart[]) {
  const referenced = new Set<string>()
  let pgp = false
  let tail = ''
  for await (const chunk of source) {
    // Latin-1 keeps every byte; NULs are what UTF-16 puts between the letters looked for.
    const text = tail + chunk.toString('latin1').replaceAll('\0', '')
    pgp ||= (html ? armorInHtml : armor).test(text)
    for (const path of referencesIn(text, images)) referenced.add(path)
    tail = text.slice(-overlap)
  }
  return { pgp, referenced }
}

async function head(source: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of source) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= length) break
  }
  return Buffer.concat(chunks).subarray(0, length)
}

function mayBeCms(part: MimePart): boolean {
  const name = part.filename?.trim() ?? ''
  return part.type === 'application/octet-stream' && (name === '' || /\.p7[msc]$/i.test(name))
}

/** A ContentInfo (RFC 5652, 3) of signedData, envelopedData, or another of the PKCS #7 content types. */
function isCms(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false
  const oid = bytes.indexOf(Buffer.from('06092a864886f70d0107', 'hex'))
  return oid >= 2 && oid <= 6
}
