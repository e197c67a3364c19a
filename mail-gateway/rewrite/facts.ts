import { pdfInvoices } from '../contents/pdf_invoice.ts'
import { isOutlookItem, readTnef } from '../contents/tnef.ts'
import { decodeBody } from '../mime/codecs.ts'
import { isIdentity } from '../mime/content_headers.ts'
import type { MimePart, MimeTree } from '../mime/tree.ts'
import {
  fileType,
  firstBytes,
  isCalendarObject,
  isCms,
  isFields,
  isOpenPgp,
  isPicture,
} from './first_bytes.ts'
import { fileIn, FilesInText, type FileInText } from './files_in_text.ts'
import { isInvoiceRoot } from './invoice_root.ts'
import {
  isBodyText,
  isForwarded,
  isLeaf,
  isPgpFile,
  isToldInReport,
  mayBeCalendar,
  mayBeInlineImage,
  mayBePdf,
  mayBePkcs7,
  mayBeTnef,
  mayBeXml,
  protection,
  wrapperCheck,
} from './rules.ts'
import { referencesIn } from './references.ts'

/** What only the content of parts tells; each set holds paths of parts. */
export interface ContentFacts {
  /** Parts that call themselves text, and whose content is a file: by path, of what type. */
  files: ReadonlyMap<string, string>
  /** Parts that are to stay, and in the middle of which stands what other programs offer as a file. */
  filesWithin: ReadonlyMap<string, FileInText>
  /** Texts with an inline OpenPGP message or clear signature. */
  inlinePgp: ReadonlySet<string>
  /** Parts that may be S/MIME by type or name, or that say nothing of themselves (RFC 8551, 3.9), and hold CMS. */
  pkcs7: ReadonlySet<string>
  /**
   * Second parts of multipart/signed, encrypted and report whose content is what their type says: a signature, an encrypted
   * message, a report for programs. Without it the multipart protects nothing.
   */
  genuine: ReadonlySet<string>
  /** Files that are OpenPGP by name and content. */
  openPgp: ReadonlySet<string>
  /** iCalendar objects by type or name, and content. */
  calendars: ReadonlySet<string>
  /** XML whose root is an e-invoice: UBL Invoice or CreditNote, or CII; and PDFs that embed one. */
  invoices: ReadonlySet<string>
  /** winmail.dat that has to stay: a meeting, task or report of Outlook, or the only text that the mail has. */
  outlookItems: ReadonlySet<string>
  /** Images that an HTML body names by `cid:` or by their Content-Location. */
  referenced: ReadonlySet<string>
  /** Those of them that are pictures by their content. */
  pictures: ReadonlySet<string>
}

/** Bytes of the message, `end` exclusive. */
export type ReadRange = (start: number, end: number) => AsyncIterable<Uint8Array>

/** The root element of an XML document stands within its first bytes. */
const xmlPeek = 65_536

/**
 * Reads from the content what the plan depends on, in one streaming pass over those parts that can matter. Of a piece nothing is kept:
 * `readRange` may lend it.
 */
export async function gatherFacts(tree: MimeTree, readRange: ReadRange): Promise<ContentFacts> {
  const genuine = await genuineParts(tree, readRange)
  const candidates = tree.parts.filter(
    (part) => isLeaf(part) && protection(part, genuine) === null && !isForwarded(part)
  )
  const images = candidates.filter(mayBeInlineImage)
  const files = new Map<string, string>()
  const filesWithin = new Map<string, FileInText>()
  const inlinePgp = new Set<string>()
  const pkcs7 = new Set<string>()
  const openPgp = new Set<string>()
  const calendars = new Set<string>()
  const pictures = new Set<string>()
  const invoices = new Set<string>()
  const referenced = new Set<string>()
  const outlookItems = new Set<string>()
  const outlookTexts = new Set<string>()
  /** Some look at the bytes of a part as they are, whatever its type and encoding. */
  const rawToOthers: MimePart[] = []
  let text = false
  const opener = (part: MimePart) => () =>
    decodeBody(readRange(part.bodyStart, part.bodyEnd), part.transferEncoding)
  for (const part of candidates) {
    const open = opener(part)
    const begins = async (as: (bytes: Buffer) => boolean) => as(await head(open(), firstBytes))
    if (isBodyText(part)) {
      const html = part.type === 'text/html'
      const seen = await scanText(open(), part, html ? images : [])
      if (seen.fileType) files.set(part.path, seen.fileType)
      else text ||= seen.text
      if (seen.file) filesWithin.set(part.path, seen.file)
      else if (!isIdentity(part.transferEncoding)) rawToOthers.push(part)
      if (seen.pgp) inlinePgp.add(part.path)
      for (const path of seen.referenced) referenced.add(path)
    }
    if (mayBeXml(part) && isInvoiceRoot(await head(open(), xmlPeek))) invoices.add(part.path)
    if (mayBePdf(part) && (await pdfInvoices.has(open, contentOf(part)))) invoices.add(part.path)
    if (mayBePkcs7(part) && (await begins(isCms))) pkcs7.add(part.path)
    if (isPgpFile(part) && (await begins(isOpenPgp))) openPgp.add(part.path)
    const tnef = mayBeTnef(part) ? await readTnef(open()) : null
    if (tnef && isOutlookItem(tnef)) outlookItems.add(part.path)
    if (tnef?.hasBody) outlookTexts.add(part.path)
    if (mayBeCalendar(part) && (await begins(isCalendarObject))) calendars.add(part.path)
  }
  for (const image of images) {
    if (!referenced.has(image.path)) continue
    if (isPicture(await head(opener(image)(), firstBytes))) pictures.add(image.path)
  }
  if (!text) for (const path of outlookTexts) outlookItems.add(path)
  const staying = [pkcs7, openPgp, calendars, invoices, outlookItems, pictures]
  rawToOthers.push(...candidates.filter(({ path }) => staying.some((kind) => kind.has(path))))
  rawToOthers.push(...tree.parts.filter((part) => isToldInReport(part, genuine)))
  for (const part of rawToOthers) {
    const { path, bodyStart, bodyEnd, transferEncoding: encoding } = part
    const raw = await fileIn(readRange(bodyStart, bodyEnd), { encoding })
    const decode = !raw && !isIdentity(encoding) && holdsText.test(part.type)
    const file = decode ? await fileIn(opener(part)()) : raw
    if (file) filesWithin.set(path, file)
  }
  return {
    files,
    filesWithin,
    inlinePgp,
    pkcs7,
    genuine,
    openPgp,
    calendars,
    invoices,
    outlookItems,
    referenced,
    pictures,
  }
}

/** How much of an encoded body is content at least, in base64 in lines of 28 characters or more, and in quoted-printable all escaped. */
const CONTENT = new Map([
  ['base64', 0.7],
  ['quoted-printable', 0.32],
])

/** Bytes of content, at least, unless somebody pads it. */
const contentOf = ({ bodyStart, bodyEnd, transferEncoding }: MimePart) =>
  (bodyEnd - bodyStart) * (CONTENT.get(transferEncoding) ?? 1)

/** What wrappers need to be what they call themselves. */
async function genuineParts(tree: MimeTree, readRange: ReadRange): Promise<Set<string>> {
  const genuine = new Set<string>()
  for (const part of tree.parts) {
    const check = isForwarded(part) ? null : wrapperCheck(part)
    if (!check) continue
    const { path, bodyStart, bodyEnd, transferEncoding } = check.part
    const content = decodeBody(readRange(bodyStart, bodyEnd), transferEncoding)
    const bytes = await head(content, firstBytes)
    const proven = { cms: isCms, openPgp: isOpenPgp, fields: isFields }[check.content](bytes)
    if (proven) genuine.add(path)
  }
  return genuine
}

/** How much text of the chunk before is looked at again, so that no reference falls between two chunks. */
const textOverlap = 4096
const armor = /(?:^|[\r\n])-----BEGIN PGP (?:SIGNED )?MESSAGE-----/
/** Types of parts whose decoded content is text. */
const holdsText = /^(?:text|message)\/|[/+]xml$/
const armorInHtml = /-----BEGIN PGP (?:SIGNED )?MESSAGE-----/

async function scanText(source: AsyncIterable<Buffer>, part: MimePart, images: MimePart[]) {
  const pgpArmor = part.type === 'text/html' ? armorInHtml : armor
  const referenced = new Set<string>()
  let beginning: Buffer = Buffer.alloc(0)
  const files = new FilesInText()
  let pgp = false
  let text = false
  let tail = ''
  for await (const chunk of source) {
    if (beginning.length < firstBytes) beginning = extended(beginning, chunk, firstBytes)
    // Latin-1 keeps every byte; NULs are what UTF-16 puts between the letters looked for.
    const bytes = chunk.toString('latin1')
    files.write(bytes)
    const seen = tail + bytes.replaceAll('\0', '')
    text ||= seen.trim() !== ''
    pgp ||= pgpArmor.test(seen)
    for (const path of referencesIn(seen, images)) referenced.add(path)
    tail = seen.slice(-textOverlap)
  }
  const type = fileType(beginning, part.charset)
  return { pgp, text, referenced, file: files.end(), fileType: type }
}

async function head(source: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    bytes = extended(bytes, chunk, length)
    if (bytes.length === length) break
  }
  return bytes
}

/** A copy, up to `length` bytes. */
const extended = (bytes: Buffer, chunk: Buffer, length: number): Buffer =>
  Buffer.concat([bytes, chunk.subarray(0, length - bytes.length)])
