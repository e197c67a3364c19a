import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { transaction } from '#transaction'
import type { FileVerdict } from '#vault'
import { modules, sent, staff } from '#tests/seeded_mail'

const client = () => `client-${randomUUID()}@example.net`
const content = Buffer.from('%PDF-1.7 \u0000\u00ff Jahresabschluss', 'latin1')

/** A person with a mail, whose attachment lies in his vault. */
async function withFile(name = 'Jahresabschluß 2025.pdf') {
  const { visitor, person } = await staff()
  const mail = await sent({ from: person.email, to: [client()], files: [{ name, content }] })
  const { vaults } = await modules()
  const [vault] = await vaults.deposits.vaultsOf([person.email])
  const file = mail.files[0]!
  const path = `/webtresore/${vault!.number}`
  return {
    visitor,
    vaults,
    vault: vault!,
    file,
    path,
    folder: `${path}/ordner/${file.parent}`,
    download: `${path}/dateien/${file.id}`,
  }
}

test.group('Vaults', () => {
  test('lead from the list over a mail’s folder to the file', async ({ assert }) => {
    const { visitor, path, folder, download } = await withFile()
    assert.include(await visitor.page('/webtresore'), `href="${path}"`)
    assert.include(await visitor.page(path), `href="${folder}"`)
    const files = await visitor.page(folder)
    assert.include(files, 'Adobe Acrobat Dokument')
    assert.include(files, `data-download="${download}"`)
  })

  test('hand out a file as it was, to be saved and never shown', async ({ assert }) => {
    const { visitor, download } = await withFile()
    const response = await visitor.get(download)
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), content)
    assert.equal(response.headers.get('content-type'), 'application/octet-stream')
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('content-security-policy'), "default-src 'none'; sandbox")
    assert.include(
      response.headers.get('content-disposition'),
      "filename*=UTF-8''Jahresabschlu%C3%9F%202025.pdf"
    )
  })

  const verdicts: { verdict: FileVerdict; status: number; words: string }[] = [
    { verdict: 'pending', status: 403, words: 'wird geprüft' },
    { verdict: 'infected', status: 403, words: 'infiziert: in Quarantäne' },
    { verdict: 'unchecked', status: 403, words: 'nicht prüfbar' },
    { verdict: 'clean', status: 200, words: '<span>geprüft</span>' },
    { verdict: 'unscanned', status: 200, words: 'nicht geprüft' },
    { verdict: 'released', status: 200, words: 'ungeprüft freigegeben' },
  ]
  test('answer {status} for a file that is {verdict}')
    .with(verdicts)
    .run(async ({ assert }, { verdict, status, words }) => {
      const { visitor, vaults, file, folder, download } = await withFile()
      const { db } = await modules()
      await transaction(db, (trx) => vaults.verdicts.judge(trx, [file.version], verdict, null))
      const response = await visitor.get(download)
      assert.equal(response.status, status)
      const page = await visitor.page(folder)
      assert.include(page, words)
      assert.equal(page.includes(`data-download="${download}"`), status === 200)
    })

  test('of others are missing, and so are their files by one’s own number', async ({ assert }) => {
    const one = await withFile()
    const two = await withFile()
    const paths = [
      two.path,
      two.folder,
      two.download,
      `${one.path}/ordner/${two.file.parent}`,
      `${one.path}/dateien/${two.file.id}`,
    ]
    for (const path of paths) {
      const response = await one.visitor.get(path)
      assert.equal(response.status, 404, path)
    }
    assert.notInclude(await one.visitor.page('/webtresore'), two.path)
  })

  test('page through many files', async ({ assert }) => {
    const { visitor, vaults, vault, file, folder } = await withFile('Datei 0.txt')
    const { archive, blobs, db } = await modules()
    const message = await archive.message(file.message!, 'everything')
    for (let nth = 1; nth <= 200; nth++) {
      const another = {
        mailbox: vault.mailbox!,
        message,
        part: `x${nth}`,
        name: `Datei ${nth}.txt`,
        type: 'text/plain',
        blob: await blobs.write(Readable.from([Buffer.from(String(nth))])),
      }
      await transaction(db, (trx) => vaults.deposits.put(trx, another))
    }
    const first = await visitor.page(folder)
    assert.include(first, 'Datei 199.txt')
    assert.notInclude(first, 'Datei 200.txt')
    const next = /href="([^"]+\?nach=[\w-]+)"/.exec(first)![1]!
    const second = await visitor.page(next)
    assert.include(second, 'Datei 200.txt')
    assert.notInclude(second, 'Datei 199.txt')
  })

  test('say what belongs there while there are none', async ({ assert }) => {
    const { visitor } = await staff()
    assert.include(await visitor.page('/webtresore'), 'Noch kein Webtresor')
    assert.include(await visitor.page('/archiv'), 'Noch keine Mail')
  })
})
