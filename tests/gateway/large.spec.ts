import { PDFDocument } from '@cantoo/pdf-lib'
import { test } from '@japa/runner'
import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { envelope, house, once } from '../house.ts'
import { tnef } from '../unit/contents/tnef_writer.ts'
import { scriptedPeer } from '../scripted_peer.ts'
import { settled, workshop } from './workshop.ts'

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/.{76}/g, '$&\r\n')

/** Every byte escaped. */
const quotedPrintable = (bytes: Buffer) =>
  [...bytes]
    .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('')
    .replace(/.{72}/g, '$&=\r\n')

async function pdf(name: string, content: Buffer): Promise<Buffer> {
  const document = await PDFDocument.create()
  document.addPage()
  await document.attach(randomBytes(200_000), 'scan.bin', {})
  await document.attach(content, name, { mimeType: 'text/xml' })
  return Buffer.from(await document.save())
}

const attachment = (type: string, name: string, encoding: string, body: string) =>
  [
    '--b',
    `Content-Type: ${type}`,
    `Content-Transfer-Encoding: ${encoding}`,
    `Content-Disposition: attachment; filename=${name}`,
    '',
    body,
    '',
  ].join('\r\n')

const told = (name: string, bytes: Buffer) => ({
  name,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
})

/** Its pieces are lent to whoever reads it: one that is kept would be empty. */
test('a mail of several megabytes: each file lies in the vault as it was sent, and what stays, stays', async ({
  assert,
  cleanup,
}) => {
  const at = await house({ realTime: true })
  cleanup(() => at.close())
  const peer = await scriptedPeer()
  cleanup(() => peer.stop())
  const xml = Buffer.from('<rsm:CrossIndustryInvoice xmlns:rsm="urn:example"/>')
  const [invoice, scan] = [await pdf('factur-x.xml', xml), await pdf('other.xml', xml)]
  const [zip, inside, escaped] = [2_100_000, 1_300_000, 150_000].map((size) => randomBytes(size))
  const winmail = tnef({
    messageClass: 'IPM.Microsoft Mail.Note',
    files: [{ name: 'inside.bin', content: inside! }],
  })
  const table = Buffer.from('"1";"a value"\r\n'.repeat(40_000).trimEnd())
  const text = 'a line of text\r\n'.repeat(30_000)
  const mail = [
    'From: me@firm.example\r\nTo: client@example.net\r\nSubject: large\r\nMIME-Version: 1.0\r\n',
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n',
    text,
    attachment('application/zip', 'a.zip', 'base64', base64(zip!)),
    attachment('application/ms-tnef', 'winmail.dat', 'base64', base64(winmail)),
    attachment('application/pdf', 'scan.pdf', 'base64', base64(scan)),
    attachment('application/pdf', 'invoice.pdf', 'base64', base64(invoice)),
    attachment('application/x-data', 'escaped', 'quoted-printable', quotedPrintable(escaped!)),
    attachment('text/csv', 'table.csv', '7bit', table.toString()),
    '--b--\r\n',
  ].join('')
  const { number } = await at.archive.accept(once(Buffer.from(mail)), envelope())
  const shop = await workshop(at, { relayUrl: peer.url })
  cleanup(() => shop.gateway.stop())
  const message = await settled(at, number, 'done')

  const files = await at.vaults.deposits.of(number)
  assert.deepEqual(
    files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
    [
      told('a.zip', zip!),
      told('winmail.dat', winmail),
      told('inside.bin', inside!),
      told('scan.pdf', scan),
      told('escaped', escaped!),
      told('table.csv', table),
    ]
  )
  for (const file of files) {
    assert.deepInclude(file, told(file.name, await buffer(at.vaults.read(file))))
  }
  const [delivery] = await at.deliveries.of(number)
  const form = await buffer(at.archive.form(message, delivery!))
  assert.isTrue(form.includes(text.slice(0, -2)))
  assert.isTrue(form.includes(base64(invoice)))
  assert.isFalse(form.includes(base64(zip!)))
  assert.deepEqual((await at.ledger.verify()).problems, [])
}).timeout(60_000)
