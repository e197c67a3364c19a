import { test } from '@japa/runner'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startPostfix, type PostfixServer } from '../servers/postfix.ts'
import { Thunderbird } from '../servers/thunderbird.ts'
import { Recipient } from './recipient.ts'
import { Installation } from './webtresor.ts'

const names = ['Jahresabschluß 2025 (Entwurf).pdf', 'Belege – März.zip']

test.group('Thunderbird', (group) => {
  let postfix: PostfixServer
  group.setup(async () => {
    postfix = await startPostfix()
    return () => postfix.stop()
  })

  test('sends attachments, and shows what arrives with a link in their place', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create({ RELAY_URL: postfix.url })
    cleanup(() => at.remove())
    await at.start()
    const thunderbird = await Thunderbird.start({
      smtpPort: at.smtpPort,
      address: 'me@firm.example',
      name: 'Erika Muster',
    })
    cleanup(() => thunderbird.stop())
    const outbox = join(at.dataDir, 'outbox')
    await mkdir(outbox)
    const contents = names.map((_, index) => randomBytes(40_000 * (index + 1)))
    await Promise.all(names.map((name, index) => writeFile(join(outbox, name), contents[index]!)))

    await thunderbird.send({
      to: 'client@example.net',
      subject: 'Jahresabschluß für Müller & Söhne',
      html: '<p>Guten Tag,</p><p>anbei die <b>Unterlagen</b> für Müller &amp; Söhne.</p>',
      attachments: names.map((name) => join(outbox, name)),
    })
    const [copy] = await postfix.waitForDelivered(1, { recipient: 'client@example.net' })
    const delivered = join(at.dataDir, 'delivered.eml')
    await writeFile(delivered, copy!.raw)

    for (const as of ['html', 'plain'] as const) {
      const seen = await thunderbird.read(delivered, as)
      if (process.env.PICTURES) {
        await writeFile(join(process.env.PICTURES, `thunderbird-${as}.png`), seen.picture)
      }
      const text = seen.text.replace(/\s+/g, ' ')
      assert.include(text, 'anbei die')
      for (const name of names) assert.include(text, name, as)
      assert.deepEqual(seen.attachments, [], as)
      const links = new Set(seen.links.filter((link) => link.startsWith(`${at.url}/d/`)))
      assert.lengthOf([...links], 1, as)

      const recipient = new Recipient()
      for (const [position, content] of contents.entries()) {
        const downloaded = await recipient.download([...links][0]!, position + 1)
        assert.isTrue(downloaded.equals(content), `${names[position]} as ${as}`)
      }
    }
  }).timeout(120_000)
})
