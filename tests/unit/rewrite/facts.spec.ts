import { test } from '@japa/runner'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import { gatherFacts } from '../../../mail-gateway/rewrite/facts.ts'
import {
  isCalendarObject,
  isCms,
  isOpenPgp,
  isPicture,
} from '../../../mail-gateway/rewrite/first_bytes.ts'
import { isInvoiceRoot } from '../../../mail-gateway/rewrite/invoice_root.ts'
import { isLocal } from '../../../mail-gateway/rewrite/plan.ts'
import { cutInto, deliver } from './delivered.ts'

function mail(...parts: string[]): Buffer {
  const bodies = parts.map((part) => `--b\r\n${part}\r\n`).join('')
  return Buffer.from(`Content-Type: multipart/related; boundary=b\r\n\r\n${bodies}--b--\r\n`)
}
async function factsOf(message: Buffer, chunk: number) {
  const read = cutInto(message, chunk)
  return gatherFacts(await scanMime(read(0, message.length)), read)
}
const image = (id: string) => `Content-Type: image/gif\r\nContent-ID: <${id}>\r\n\r\nGIF89a`

test.group('Facts from the content', () => {
  test('references, however they are written and cut', async ({ assert }) => {
    const html =
      `<img src="cid:a@x"><img src=cid:b%40x><img src='CID:c&#64;x'><td background="cid:d@x">` +
      `<div style="background:url(cid:e@x)">${' '.repeat(9000)}<img src="cid:f@x">cid:`
    const ids = ['a@x', 'b@x', 'c@x', 'd@x', 'e@x', 'f@x', 'g@x']
    const message = mail(`Content-Type: text/html\r\n\r\n${html}`, ...ids.map(image))
    for (const chunk of [1, 5, 4096, 100_000]) {
      const { referenced } = await factsOf(message, chunk)
      assert.deepEqual([...referenced].sort(), ['2', '3', '4', '5', '6', '7'])
    }
  })

  test('a picture over 2 MiB goes, also when the HTML names it', async ({ assert }) => {
    const html = 'Content-Type: text/html\r\n\r\n<img src="cid:a@x">'
    const large = (size: number) => mail(html, image('a@x') + 'x'.repeat(size))
    const reasons = async (size: number) => {
      const { plan } = await deliver(large(size))
      return plan.parts.map(({ reason }) => reason)
    }
    assert.deepEqual(await reasons(2 * 1024 * 1024 - 6), ['body', 'inline_image'])
    assert.deepEqual(await reasons(2 * 1024 * 1024 - 5), ['body', 'attachment'])
  })

  test('PGP armor at a line start, not quoted, in any chunks', async ({ assert }) => {
    const armor = '-----BEGIN PGP SIGNED MESSAGE-----\r\n'
    for (const chunk of [1, 10, 10_000]) {
      const found = await factsOf(mail(`\r\nHello\r\n${armor}`, `\r\n> ${armor}`), chunk)
      assert.deepEqual([...found.inlinePgp], ['1'])
    }
  })

  test('e-invoices by root element and namespace', ({ assert }) => {
    const cii = 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100'
    const ubl = 'urn:oasis:names:specification:ubl:schema:xsd:'
    const invoices = [
      `<rsm:CrossIndustryInvoice xmlns:a="x" xmlns:rsm='${cii}'>`,
      `\ufeff<?xml version="1.0"?>\n<!-- <x> --><?pi?><!DOCTYPE x [<!ENTITY a "b">]>\n<Invoice xmlns="${ubl}Invoice-2"/>`,
      `<CreditNote\n  xmlns = "${ubl}CreditNote-2" >`,
    ]
    for (const xml of invoices) {
      assert.isTrue(isInvoiceRoot(Buffer.from(xml)), xml)
      assert.isTrue(
        isInvoiceRoot(Buffer.from(`\ufeff${xml.replace('\ufeff', '')}`, 'utf16le')),
        xml
      )
    }
    const others = [
      '',
      '<Invoice>',
      `<x:Invoice xmlns="${ubl}Invoice-2">`,
      `<a><Invoice xmlns="${ubl}Invoice-2"/></a>`,
      `<!-- <Invoice xmlns="${ubl}Invoice-2"/> -->`,
      `<Invoice xmlns="${ubl}Order-2">`,
      '<!--'.repeat(10_000),
    ]
    for (const xml of others) assert.isFalse(isInvoiceRoot(Buffer.from(xml)), xml.slice(0, 60))
  })

  test('domains compare without case and in their ASCII form', ({ assert }) => {
    const domains = ['Müller.example', 'firm.example']
    const local = [
      'a@xn--mller-kva.example',
      'a@MÜLLER.example',
      '"a@b"@Firm.Example.',
      'A@firm.example',
    ]
    const foreign = [
      'a@sub.firm.example',
      'a@notfirm.example',
      'firm.example',
      '',
      '@',
      'firm.example@x.example',
    ]
    for (const address of local) assert.isTrue(isLocal(address, domains), address)
    for (const address of foreign) assert.isFalse(isLocal(address, domains), address)
  })
})

test.group('Claims that the content does not bear out', () => {
  const pdf = Buffer.from('%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n').toString('base64')
  const base64 = 'Content-Transfer-Encoding: base64\r\n'
  const html = 'Content-Type: text/html\r\n\r\n<img src="cid:x">'
  const pgp = 'Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----'
  const claims: [name: string, fields: string, body?: string][] = [
    ['S/MIME by name', 'Content-Type: application/octet-stream; name=smime.p7m\r\n'],
    ['S/MIME by type', 'Content-Type: application/pkcs7-mime; name=a.pdf\r\n'],
    ['a PGP file', 'Content-Type: application/octet-stream; name=a.pdf.pgp\r\n', pgp],
    ['a picture', 'Content-Type: image/png\r\nContent-ID: <x>\r\n', html],
    ['a calendar by name', 'Content-Type: application/pdf; name=a.ics\r\n'],
    ['a calendar by type', 'Content-Type: text/calendar; name=a.pdf\r\n'],
    ['an invoice in XML', 'Content-Type: application/xml; name=xrechnung.xml\r\n'],
  ]
  test('a PDF is an attachment, though it claims to be {0}')
    .with(claims)
    .run(async ({ assert }, [, fields, body]) => {
      const text = body ?? 'Content-Type: text/plain\r\n\r\nHello'
      const { plan } = await deliver(mail(text, `${fields}${base64}\r\n${pdf}`))
      assert.equal(plan.parts.at(-1)!.action, 'replace')
    })

  test('true content passes', ({ assert }) => {
    const hex = (bytes: string) => Buffer.from(bytes.replace(/ /g, ''), 'hex')
    const cms = ['30 80 0609 2a864886f70d010703', '30 83 0fffff 060b 2a864886f70d0109100117 a0']
    for (const bytes of cms) assert.isTrue(isCms(hex(bytes)), bytes)
    // Encrypted to a key, to a password, old and new length forms, signed, compressed.
    const packets = [
      '85010c03',
      'c1c04c03',
      '8c0d0409',
      'c32e04',
      '89013304',
      'a301',
      'd2ff0000100002',
    ]
    for (const bytes of packets) assert.isTrue(isOpenPgp(hex(bytes)), bytes)
    assert.isTrue(isOpenPgp(Buffer.from('Comment\r\n\r\n-----BEGIN PGP SIGNATURE-----')))
    const pictures = ['89504e470d0a1a0a', 'ffd8ffe0', '52494646 00000001 57454250', '49492a00']
    for (const bytes of pictures) assert.isTrue(isPicture(hex(bytes)), bytes)
    assert.isTrue(isPicture(Buffer.from('\0\0\0 ftypavif')))
    assert.isTrue(isCalendarObject(Buffer.from('\ufeff\r\nbegin:vcalendar\r\n')))
    assert.isTrue(isCalendarObject(Buffer.from('\ufeffBEGIN:VCALENDAR\n', 'utf16le')))
    for (const is of [isCms, isOpenPgp, isPicture, isCalendarObject]) {
      assert.isFalse(is(Buffer.from('%PDF-1.7\n')), is.name)
      assert.isFalse(is(Buffer.from('PK\x03\x04')), is.name)
      assert.isFalse(is(Buffer.alloc(0)), is.name)
    }
    assert.isFalse(isOpenPgp(hex('89504e470d0a1a0a')), 'a PNG begins like a signature')
    assert.isFalse(isOpenPgp(hex('ffd8ffe0')), 'a JPEG begins like a packet')
  })
})

test.group('Wrappers that are not what they call themselves', () => {
  const pdf = 'Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF-1.7'
  const text = 'Content-Type: text/plain\r\n\r\nHello'
  const status = 'Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x'
  const around = (type: string, ...parts: string[]) =>
    `Content-Type: multipart/${type}; boundary=w\r\n\r\n` +
    `${parts.map((part) => `--w\r\n${part}\r\n`).join('')}--w--`
  const wrappers: [name: string, part: string][] = [
    ['signed, without a signature', around('signed', text, pdf)],
    ['encrypted, with a PDF in it', around('encrypted', pdf)],
    ['encrypted, with a PDF as data', around('encrypted', text, pdf)],
    ['a report without what it reports', around('report', text, pdf)],
    ['a report with a fourth part', around('report', text, status, text, pdf)],
    ['a report that returns a PDF', around('report', text, status, pdf)],
    ['a report that explains in PDF', around('report', pdf, status)],
    ['a status outside a report', pdf.replace('application/pdf', 'message/delivery-status')],
    ['headers outside a report', pdf.replace('application/pdf', 'text/rfc822-headers')],
    ['an unnamed text that is no text', 'Content-Type: text/csv\r\n\r\na;b'],
  ]
  test('the attachment goes: {0}')
    .with(wrappers)
    .run(async ({ assert }, [, part]) => {
      const { plan } = await deliver(mail(text, part))
      assert.equal(plan.verdict, 'rewrite')
      assert.lengthOf(
        plan.parts.filter(({ action }) => action === 'replace'),
        1
      )
    })

  test('another form of the body stays', async ({ assert }) => {
    const { plan } = await deliver(
      mail(around('alternative', text, 'Content-Type: text/x-amp-html\r\n\r\n<html>'), pdf)
    )
    assert.deepEqual(
      plan.parts.map(({ reason }) => reason),
      ['body', 'body', 'attachment']
    )
  })
})
