import { test } from '@japa/runner'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

const run = promisify(execFile)

/** Runs the verifier that lies in an export, in that folder and with nothing of ours. */
async function verify(folder: string, number: number): Promise<{ code: number; said: string }> {
  const args = ['verify.mjs', `${number}.eml`, `${number}.tlog-proof`, 'ledger.vkey']
  try {
    const { stdout } = await run(process.execPath, args, { cwd: folder, env: {} })
    return { code: 0, said: stdout }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, said: stdout + stderr }
  }
}

async function changeByte(file: string, at: number) {
  const bytes = await readFile(file)
  bytes[at]! ^= 1
  await chmod(file, 0o600)
  await writeFile(file, bytes)
}

test.group('Export and verification', () => {
  test('an export is what came over the wire, and is checked without Webtresor', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    await at.start()
    const mails = [
      mailWith(randomBytes(300_000)),
      Buffer.from('Subject: 8 bit \xe4\r\n\r\n.\r\n..\r\nEnde ohne MIME\r\n', 'latin1'),
    ]
    assert.equal(await send(at.smtpPort, mails[0]!), '250 2.0.0 1')
    assert.equal(await send(at.smtpPort, mails[1]!, { to: 'zwei@example.net' }), '250 2.0.0 2')

    const folder = join(at.dataDir, 'export')
    const exported = await at.ace('archive:export', '--output', folder)
    assert.equal(exported.code, 0, exported.output)
    assert.sameMembers(await readdir(folder), [
      ...['1.eml', '1.tlog-proof', '2.eml', '2.tlog-proof'],
      ...['checkpoint', 'ledger.vkey', 'verify.mjs', 'README'],
    ])
    for (const [index, mail] of mails.entries()) {
      const eml = await readFile(join(folder, `${index + 1}.eml`))
      assert.equal(eml.toString('latin1'), mail.toString('latin1'))
      const { code, said } = await verify(folder, index + 1)
      assert.equal(code, 0, said)
    }

    const { length } = mails[0]!
    for (const offset of [0, length >> 1, length - 1]) {
      await changeByte(join(folder, '1.eml'), offset)
      assert.notEqual((await verify(folder, 1)).code, 0, `byte ${offset} was changed`)
      await changeByte(join(folder, '1.eml'), offset)
    }
    assert.equal((await verify(folder, 1)).code, 0)
    const proof = await readFile(join(folder, '2.tlog-proof'))
    await changeByte(join(folder, '2.tlog-proof'), proof.length - 10)
    assert.notEqual((await verify(folder, 2)).code, 0)
  })

  test('archive:verify holds beside the server, and finds one flipped bit in a file', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    const server = await at.start()
    for (let nth = 1; nth <= 3; nth++) {
      assert.match(await send(at.smtpPort, mailWith(randomBytes(nth * 400_000))), /^250 /)
    }
    const sound = await at.ace('archive:verify')
    assert.equal(sound.code, 0, sound.output)
    assert.match(sound.output, /everything holds/)

    const [{ blob }] = at.rows<{ blob: string }>('SELECT blob FROM originals WHERE number = 2') as [
      { blob: string },
    ]
    await changeByte(join(at.dataDir, 'blobs', blob.slice(-3), blob), 200_000)
    const damaged = await at.ace('archive:verify')
    assert.equal(damaged.code, 1)
    assert.include(damaged.output, `blob ${blob}`)
    assert.match(damaged.output, /: 1 problem\b/)
    assert.equal((await server.stop()).code, 0)
  })
})
