/** Root elements of EN 16931 invoices and of ZUGFeRD 1, by namespace and local name. */
const invoiceRoots = new Set([
  'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2 Invoice',
  'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2 CreditNote',
  'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100 CrossIndustryInvoice',
  'urn:ferd:CrossIndustryDocument:invoice:1p0 CrossIndustryDocument',
])

/** Whether an XML document, given by its first bytes, is an e-invoice. */
export function isInvoiceRoot(bytes: Buffer): boolean {
  const tag = rootTag(textOf(bytes))
  if (!tag) return false
  const [, prefix, local, attributes] = tag
  const declaration = prefix ? `xmlns:${prefix}` : 'xmlns'
  const namespace = new RegExp(
    `(?:^|\\s)${escaped(declaration)}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`
  ).exec(attributes ?? '')
  return invoiceRoots.has(`${(namespace?.[1] ?? namespace?.[2] ?? '').trim()} ${local}`)
}

/** The first start tag behind byte order mark, declaration, comments, processing instructions and document type. */
function rootTag(text: string): RegExpExecArray | null {
  const start = /^\s*<(?:([\w.-]+):)?([\w.-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*\/?>/
  let rest = text
  for (;;) {
    const before =
      /^\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>)/i.exec(rest)
    if (!before) return start.exec(rest)
    rest = rest.slice(before[0].length)
  }
}

function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const even = bytes.subarray(2, bytes.length - (bytes.length % 2))
    return Buffer.from(even).swap16().toString('utf16le')
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '')
}

function escaped(text: string): string {
  return text.replace(/[.\\+*?^$(){}|[\]-]/g, '\\$&')
}
