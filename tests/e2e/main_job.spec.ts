import { test } from '@japa/runner'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import libmime from 'libmime'
import { EICAR, startClamd } from '../servers/clamd.ts'
import { startPostfix, type PostfixServer } from '../servers/postfix.ts'
import { Recipient } from './recipient.ts'
import { Installation } from './webtresor.ts'

const run = promisify(execFile)
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(300_000)])
const zip = Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(2_500_000)])

/** Sends a mail from me@firm.example as a person at a terminal would. */
async function swaks(at: Installation, to: string, ...attachments: [type: string, file: string][]) {
  const { stdout } = await run(
    'swaks',
    [
      ...['--to', to, '--from', 'me@firm.example', '--server', `127.0.0.1:${at.smtpPort}`],
      ...attachments.flatMap(([type, file]) => ['--attach-type', type, '--attach', `@${file}`]),
    ],
    { timeout: 30_000, maxBuffer: 64 * 1024 * 1024 }
  )
  return stdout
}

async function filesIn(at: Installation): Promise<[string, string][]> {
  const files = [join(at.dataDir, 'a.pdf'), join(at.dataDir, 'b.zip')] as const
  await Promise.all([writeFile(files[0], pdf), writeFile(files[1], zip)])
  return [
    ['application/pdf', files[0]],
    ['application/zip', files[1]],
  ]
}

/** The delivered copy's text, transfer encoding undone, and the one link in it. */
function linkIn(raw: Buffer, base: string): { text: string; link: string } {
  const text = raw.toString('utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=')
  const links = new Set(text.match(new RegExp(`${base}/d/[\\w-]+`, 'g')))
  if (links.size !== 1) throw new Error(`${links.size} links in:\n${text}`)
  return { text, link: [...links][0]! }
}

test.group('Main job', (group) => {
  let postfix: PostfixServer
  group.setup(async () => {
    postfix = await startPostfix()
    return () => postfix.stop()
  })

  test('attachments sent with swaks arrive as a link that downloads them', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create({ RELAY_URL: postfix.url })
    cleanup(() => at.remove())
    await at.start()
    const recipient = 'client@example.net'
    assert.match(await swaks(at, recipient, ...(await filesIn(at))), /^<-\s+250 2\.0\.0 1$/m)

    const [copy] = await postfix.waitForDelivered(1, { recipient })
    const { text, link } = linkIn(copy!.raw, at.url)
    assert.equal(copy!.sender, 'me@firm.example')
    assert.match(text, /This is a test mailing/)
    assert.include(text, 'a.pdf')
    assert.include(text, 'b.zip')
    assert.isBelow(copy!.raw.length, 10_000)
    assert.notMatch(text, /Content-Disposition: attachment|application\/(pdf|zip)/i)

    const visitor = new Recipient()
    assert.equal(sha256(await visitor.download(link, 1)), sha256(pdf))
    assert.equal(sha256(await visitor.download(link, 2)), sha256(zip))
  })

  test('a code confirms the mailbox, by the same Postfix', async ({ assert, cleanup }) => {
    const at = await Installation.create({ RELAY_URL: postfix.url, LINK_CONFIRMATION: 'code' })
    cleanup(() => at.remove())
    await at.start()
    const recipient = 'careful@example.net'
    await swaks(at, recipient, ...(await filesIn(at)))
    const [copy] = await postfix.waitForDelivered(1, { recipient })
    const { link } = linkIn(copy!.raw, at.url)

    const visitor = new Recipient()
    assert.notInclude(await visitor.page(link), 'a.pdf')
    assert.equal((await visitor.submit(link, 'code')).status, 303)
    const [, mail] = await postfix.waitForDelivered(2, { recipient })
    const subject = /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(mail!.raw.toString())![1]!
    const code = /\b\d{6}\b/.exec(libmime.decodeWords(subject))![0]
    const wrong = code === '000000' ? '000001' : '000000'
    assert.equal((await visitor.submit(link, 'bestaetigen', { code: wrong })).status, 422)
    assert.equal((await visitor.submit(link, 'bestaetigen', { code })).status, 303)
    assert.equal(sha256(await visitor.download(link, 1)), sha256(pdf))
    assert.equal(sha256(await visitor.download(link, 2)), sha256(zip))
  })

  test('a virus never leaves and never downloads', async ({ assert, cleanup }) => {
    const clamd = await startClamd()
    cleanup(() => clamd.stop())
    const at = await Installation.create({
      RELAY_URL: postfix.url,
      CLAMD_URL: clamd.url,
      LOG_LEVEL: 'info',
    })
    cleanup(() => at.remove())
    const server = await at.start()
    assert.match(server.output(), /Scanner {3}on/)
    const file = join(at.dataDir, 'eicar.com')
    await writeFile(file, EICAR)
    await swaks(at, 'victim@example.net', ['application/octet-stream', file])
    const [told] = await postfix.waitForDelivered(1, { recipient: 'me@firm.example' })
    assert.match(told!.raw.toString(), /^Auto-Submitted: auto-generated/m)
    assert.notInclude(told!.raw.toString(), `${at.url}/d/`)

    // A harmless mail sent after it arrives: the scanner works, and the other had its time.
    await swaks(at, 'safe@example.net', ...(await filesIn(at)))
    const [safe] = await postfix.waitForDelivered(1, { recipient: 'safe@example.net' })
    const { link } = linkIn(safe!.raw, at.url)
    assert.equal(sha256(await new Recipient().download(link, 1)), sha256(pdf))
    const all = await postfix.delivered()
    assert.isFalse(all.some((copy) => copy.recipient === 'victim@example.net'))
    assert.isFalse(all.some((copy) => copy.raw.includes(EICAR)))
    assert.deepEqual(at.rows('SELECT recipient FROM links'), [{ recipient: 'safe@example.net' }])
  })
})
