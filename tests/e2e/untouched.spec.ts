import { test } from '@japa/runner'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { scanMime } from '../../mail-gateway/mime/scanner.ts'
import { startPostfix } from '../servers/postfix.ts'
import { send } from './transaction.ts'
import { Installation } from './webtresor.ts'

const folder = join(import.meta.dirname, '../fixtures/mail')

/** Fixtures, and where one has an attachment beside what stays, the part to leave out. */
const cases: { name: string; without?: string; from?: string }[] = [
  { name: '03-outlook-related-inline-image', without: '2' },
  { name: '14-smime-signed' },
  { name: '15-smime-enveloped' },
  { name: '16-smime-by-content' },
  { name: '17-pgp-mime' },
  { name: '20-calendar' },
  { name: '21-bounce', from: '' },
  { name: '22-report-from-the-firm' },
  { name: '23-read-receipt' },
  { name: '24-xrechnung', without: '3' },
  { name: '25-zugferd' },
]

async function readMail({ name, without }: (typeof cases)[number]): Promise<Buffer> {
  const mail = await readFile(join(folder, name, 'in.eml'))
  if (!without) return mail
  const { parts } = await scanMime(Readable.from([mail]))
  const part = parts.find(({ path }) => path === without)!
  const delimiter = `--${part.parent!.boundary}`
  const next = mail.indexOf(delimiter, part.end)
  // From behind one delimiter to behind the next, which may be the last.
  return Buffer.concat([
    mail.subarray(0, part.start - '\r\n'.length),
    mail.subarray(next + delimiter.length),
  ])
}

test('signed, encrypted, inline, scheduled, reported and invoiced mail leaves as it came', async ({
  assert,
  cleanup,
}) => {
  const postfix = await startPostfix()
  cleanup(() => postfix.stop())
  const at = await Installation.create({ RELAY_URL: postfix.url })
  cleanup(() => at.remove())
  await at.start()

  for (const [index, each] of cases.entries()) {
    const mail = await readMail(each)
    const to = `client${index}@example.net`
    assert.equal(await send(at.smtpPort, mail, { from: each.from, to }), `250 2.0.0 ${index + 1}`)
    const [copy] = await postfix.waitForDelivered(1, { recipient: to })
    const raw = copy!.raw.toString('latin1')
    const trace = raw.slice(0, raw.length - mail.length)
    assert.equal(raw.slice(trace.length), mail.toString('latin1'), each.name)
    assert.match(trace, /^(Received: [^\r\n]*\r\n([ \t][^\r\n]*\r\n)*){2}$/, each.name)
  }
})
