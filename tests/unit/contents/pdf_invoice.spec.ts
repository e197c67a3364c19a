import { PDFDict, PDFDocument, PDFName, PDFRawStream } from '@cantoo/pdf-lib'
import { test } from '@japa/runner'
import { setTimeout as delay } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'
import { PdfInvoices } from '../../../mail-gateway/contents/pdf_invoice.ts'

const xml = Buffer.from('<rsm:CrossIndustryInvoice xmlns:rsm="urn:example"/>')

interface Made {
  files?: string[]
  compressed?: boolean
  password?: { userPassword?: string; ownerPassword?: string }
}

async function pdf({ files = [], compressed = true, password }: Made): Promise<Buffer> {
  const document = await PDFDocument.create()
  document.addPage()
  for (const name of files) await document.attach(xml, name, { mimeType: 'text/xml' })
  await document.flush()
  if (password) document.encrypt(password)
  return Buffer.from(await document.save({ useObjectStreams: compressed }))
}

async function* cut(bytes: Buffer) {
  yield bytes.subarray(0, 7)
  yield bytes.subarray(7)
}

const shared = new PdfInvoices()
const has = (bytes: Buffer, invoices = shared) => invoices.has(() => cut(bytes))

/** As ZUGFeRD 1 and Factur-X producers write it by hand: the file stands in AF alone, or deep in a name tree. */
function written(catalog: string, file = 'ZUGFeRD-invoice.xml'): Buffer {
  return Buffer.from(
    [
      '%PDF-1.7',
      `1 0 obj <</Type/Catalog/Pages 2 0 R ${catalog}>> endobj`,
      '2 0 obj <</Type/Pages/Count 0/Kids[]>> endobj',
      `3 0 obj <</Type/Filespec/F(${file})/EF<</F 4 0 R>>>> endobj`,
      '4 0 obj <</Type/EmbeddedFile/Length 4>> stream\n<x/>\nendstream endobj',
      '5 0 obj <</Kids[6 0 R 5 0 R]>> endobj',
      '6 0 obj <</Kids[5 0 R 7 0 R]>> endobj',
      '7 0 obj <</Names[(a) 3 0 R]>> endobj',
      '8 0 obj <</Type/Filespec/F(factur-x.xml)>> endobj',
      'trailer <</Root 1 0 R/Size 9>>',
      '%%EOF',
    ].join('\n')
  )
}

test.group('E-invoices in PDFs', () => {
  const names = ['ZUGFeRD-invoice.xml', 'zugferd-invoice.xml', 'factur-x.xml', 'xrechnung.xml']
  for (const name of [...names, 'FACTUR-X.XML']) {
    for (const compressed of [true, false]) {
      test(`${name}, ${compressed ? 'in object streams' : 'in the open'}`, async ({ assert }) => {
        const bytes = await pdf({ files: ['readme.txt', name], compressed })
        assert.equal(bytes.includes('/ObjStm'), compressed)
        assert.isTrue(await has(bytes))
      })
    }
  }

  test('a PDF without files, or with others, has none', async ({ assert }) => {
    for (const compressed of [true, false]) {
      assert.isFalse(await has(await pdf({ compressed })))
      const files = ['drawing.xml', 'my-factur-x.xml', 'factur-x.xml.exe', 'factur-x.pdf']
      assert.isFalse(await has(await pdf({ compressed, files })))
    }
  })

  test('by the associated files alone, and deep in a name tree that bites its tail', async ({
    assert,
  }) => {
    assert.isTrue(await has(written('/AF[3 0 R]')))
    assert.isTrue(await has(written('/Names<</EmbeddedFiles 5 0 R>>')))
    assert.isFalse(await has(written('/Names<</EmbeddedFiles 5 0 R>>', 'other.xml')))
    assert.isFalse(await has(written('')), 'in neither')
    assert.isFalse(await has(written('/AF[8 0 R]')), 'only named, not embedded')
  })

  test('encrypted ones count as without, also when anybody may open them', async ({ assert }) => {
    const files = ['factur-x.xml']
    for (const compressed of [true, false]) {
      for (const password of [
        { userPassword: 'secret' },
        { userPassword: '', ownerPassword: 'own' },
      ]) {
        assert.isFalse(await has(await pdf({ files, compressed, password })))
      }
    }
  })

  test('broken ones and what is no PDF count as without', async ({ assert }) => {
    const whole = await pdf({ files: ['factur-x.xml'] })
    const invoices = new PdfInvoices()
    assert.isFalse(await has(whole.subarray(0, 400), invoices))
    assert.isFalse(await has(Buffer.from('%PDF-1.7 /EF << [[[ ( /ObjStm'), invoices))
    assert.isFalse(await has(Buffer.from('factur-x.xml /EF'), invoices))
    assert.isFalse(await has(Buffer.alloc(0), invoices))
    assert.isTrue(await has(whole, invoices), 'and the next one is read')
  })

  test('ten thousand embedded files are read', async ({ assert }) => {
    const numbers = Array.from({ length: 10_000 }, (_, index) => index + 10)
    const many = (last: string) => {
      const file = (at: number) => (at === 10_009 ? last : `${at}.txt`)
      const objects = numbers.map((at) => `${at} 0 obj <</F(${file(at)})/EF<</F 4 0 R>>>> endobj\n`)
      const tree = `/Names<</EmbeddedFiles<</Names[${numbers.map((at) => `(${at})${at} 0 R`).join('')}]>>>>`
      const [head, ...rest] = written(tree).toString().split('trailer')
      return Buffer.from(`${head}${objects.join('')}trailer${rest.join('')}`)
    }
    assert.isTrue(await has(many('xrechnung.xml')))
    assert.isFalse(await has(many('other.xml')))
  }).timeout(20_000)

  test('what is too large or takes too long counts as without, and the next is read', async ({
    assert,
  }) => {
    const whole = await pdf({ files: ['factur-x.xml'] })
    assert.isFalse(await has(whole, new PdfInvoices({ size: whole.length - 1 })))
    const unread = () => assert.fail('It was read')
    assert.isFalse(await new PdfInvoices({ size: 1000 }).has(unread, 1001))
    assert.isFalse(await has(whole, new PdfInvoices({ time: 1 })))
    const invoices = new PdfInvoices({ size: whole.length, idle: 1 })
    assert.deepEqual(await Promise.all([has(whole, invoices), has(whole, invoices)]), [true, true])
    await delay(100)
    assert.isTrue(await has(whole, invoices), 'after the thread has ended')
  })

  test('an object stream that unpacks to gigabytes is given up', async ({ assert }) => {
    const document = await PDFDocument.create()
    const { context } = document
    const packed = deflateSync(deflateSync(Buffer.alloc(1 << 30)))
    const bomb = PDFDict.withContext(context)
    bomb.set(PDFName.of('Type'), PDFName.of('ObjStm'))
    bomb.set(PDFName.of('Filter'), context.obj(['FlateDecode', 'FlateDecode']))
    bomb.set(PDFName.of('N'), context.obj(1))
    bomb.set(PDFName.of('First'), context.obj(8))
    context.register(PDFRawStream.of(bomb, packed))
    const bytes = Buffer.from(await document.save({ useObjectStreams: false }))
    assert.isBelow(bytes.length, 1 << 20)
    const before = process.memoryUsage.rss()
    assert.isFalse(await has(bytes))
    assert.isBelow(process.memoryUsage.rss() - before, 700 * 1024 * 1024)
  }).timeout(20_000)
})
