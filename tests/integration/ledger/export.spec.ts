import { test } from '@japa/runner'
import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportMessages } from '#archive'
import { envelope, house, once } from '../../house.ts'

const verifier = join(import.meta.dirname, '../../../resources/verify.mjs')

test.group('Export folder', () => {
  test('holds what its own verifier accepts, against one checkpoint', async ({
    assert,
    cleanup,
  }) => {
    const { archive, ledger, folder, close } = await house()
    cleanup(close)
    const mails = ['one', 'two', 'three'].map((subject) => `Subject: ${subject}\r\n\r\n`)
    for (const mail of mails) await archive.accept(once(mail), envelope())
    const output = join(folder, 'export')
    const { messages } = await archive.find({ limit: 10 }, 'everything')

    async function* selection() {
      yield* messages
    }
    await exportMessages({ archive, ledger, messages: selection(), output, verifier, actor: 0 })
    const pairs = [1, 2, 3].flatMap((number) => [`${number}.eml`, `${number}.tlog-proof`])
    assert.sameMembers(await readdir(output), [
      ...pairs,
      'README',
      'checkpoint',
      'ledger.vkey',
      'verify.mjs',
    ])
    for (const number of [1, 2, 3]) {
      assert.equal(await readFile(join(output, `${number}.eml`), 'utf8'), mails[number - 1])
      const own = [`${number}.eml`, `${number}.tlog-proof`, 'ledger.vkey']
      const run = spawnSync(
        process.execPath,
        ['verify.mjs', ...own, '--checkpoint', 'checkpoint'],
        { cwd: output, encoding: 'utf8' }
      )
      assert.equal(run.status, 0, run.stderr)
      assert.match(run.stdout, new RegExp(`accepted, message ${number}\n`))
    }
  })
})
