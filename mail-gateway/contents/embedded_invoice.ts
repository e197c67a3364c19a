import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFStream,
  PDFString,
  type PDFObject,
} from '@cantoo/pdf-lib'

/** The names that ZUGFeRD 1 and 2.0, Factur-X (also ZUGFeRD from 2.1) and its profile XRECHNUNG give the invoice. */
const invoiceNames = /^(zugferd-invoice|factur-x|xrechnung)\.xml$/i

/**
 * Whether a PDF embeds an e-invoice: in the name tree EmbeddedFiles (ISO 32000-1, 7.7.4) or among the catalog's associated
 * files (ISO 32000-2, 14.13).
 *
 * @throws what the library throws for what it cannot read, and for encrypted files
 */
export async function embedsInvoice(bytes: Uint8Array): Promise<boolean> {
  const { catalog, isEncrypted } = await PDFDocument.load(bytes, { updateMetadata: false })
  if (isEncrypted) return false
  const associated = catalog.lookup(PDFName.of('AF'))
  if (associated instanceof PDFArray && elements(associated).some(isInvoice)) return true
  const names = catalog.lookup(PDFName.of('Names'))
  return names instanceof PDFDict && treeHolds(names.lookup(PDFName.of('EmbeddedFiles')))
}

/** A name tree (ISO 32000-1, 7.9.6); one that bites its own tail is walked once. */
function treeHolds(root: PDFObject | undefined): boolean {
  const seen = new Set<PDFObject>()
  const waiting = [root]
  while (waiting.length > 0) {
    const node = waiting.pop()
    if (!(node instanceof PDFDict) || seen.has(node)) continue
    seen.add(node)
    const names = node.lookup(PDFName.of('Names'))
    const pairs = names instanceof PDFArray ? elements(names) : []
    if (pairs.some((value, index) => index % 2 === 1 && isInvoice(value))) return true
    const kids = node.lookup(PDFName.of('Kids'))
    if (kids instanceof PDFArray) for (const kid of elements(kids)) waiting.push(kid)
  }
  return false
}

function elements(array: PDFArray): (PDFObject | undefined)[] {
  return Array.from({ length: array.size() }, (_, index) => array.lookup(index))
}

/** A file specification (ISO 32000-1, 7.11.3) with the file itself in it. */
function isInvoice(specification: PDFObject | undefined): boolean {
  if (!(specification instanceof PDFDict)) return false
  const embedded = specification.lookup(PDFName.of('EF'))
  if (!(embedded instanceof PDFDict)) return false
  return ['UF', 'F'].some((key) => {
    const name = specification.lookup(PDFName.of(key))
    const text = name instanceof PDFString || name instanceof PDFHexString ? name.decodeText() : ''
    return invoiceNames.test(text) && holdsStream(embedded)
  })
}

function holdsStream(embedded: PDFDict): boolean {
  return ['UF', 'F'].some((key) => embedded.lookup(PDFName.of(key)) instanceof PDFStream)
}
