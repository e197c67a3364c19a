import { test } from '@japa/runner'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { EICAR, startClamd } from '../../servers/clamd.ts'
import { startPostfix } from '../../servers/postfix.ts'
import { startPostgres } from '../../servers/postgres.ts'
import { startRedis } from '../../servers/redis.ts'
import { talk } from '../../servers/talk.ts'

/** Sends one mail by swaks and returns its exit code and transcript. */
async function swaks(port: number, args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-swaks-'))
  const file = join(folder, 'mail.eml')
  await writeFile(file, 'Subject: hello\r\nFrom: Me <me>\r\n\r\nline\r\n.dot')
  const child = spawn('swaks', ['--server', `127.0.0.1:${port}`, '--data', `@${file}`, ...args])
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  await rm(folder, { recursive: true })
  return { code: Number(code), output }
}

test.group('servers for the tests', () => {
  test('postfix delivers to every recipient what came over the wire', async ({
    assert,
    cleanup,
  }) => {
    const postfix = await startPostfix()
    cleanup(() => postfix.stop())
    const sent = await swaks(postfix.port, [
      ...['--from', 'me@firm.example', '--to', 'a@example.net,b@sub.example.org'],
    ])
    assert.equal(sent.code, 0, sent.output)
    const copies = await postfix.waitForDelivered(2)
    assert.sameMembers(
      copies.map((copy) => copy.recipient),
      ['a@example.net', 'b@sub.example.org']
    )
    for (const { raw, sender } of copies) {
      assert.equal(sender, 'me@firm.example')
      assert.match(raw.toString(), /^Received: /)
      assert.isTrue(
        raw.toString().endsWith('\r\nSubject: hello\r\nFrom: Me <me>\r\n\r\nline\r\n.dot\r\n'),
        raw.toString()
      )
    }
  })

  test('postfix rejects and defers whom it is told to', async ({ assert, cleanup }) => {
    const postfix = await startPostfix()
    cleanup(() => postfix.stop())
    postfix.reject('gone@example.net')
    postfix.defer('busy@example.net')
    const gone = await swaks(postfix.port, ['--from', 'me@f.example', '--to', 'gone@example.net'])
    assert.match(gone.output, /550 5\.1\.1 .*No such user/)
    const busy = await swaks(postfix.port, ['--from', 'me@f.example', '--to', 'busy@example.net'])
    assert.match(busy.output, /450 4\.2\.0 .*Mailbox busy/)
    postfix.accept('busy@example.net')
    const again = await swaks(postfix.port, ['--from', 'me@f.example', '--to', 'busy@example.net'])
    assert.equal(again.code, 0, again.output)
    assert.lengthOf(await postfix.waitForDelivered(1), 1)
  })

  test('clamd finds EICAR in a stream', async ({ assert, cleanup }) => {
    const clamd = await startClamd()
    cleanup(() => clamd.stop())
    const size = Buffer.alloc(4)
    size.writeUInt32BE(EICAR.length)
    const request = Buffer.concat([Buffer.from('nINSTREAM\n'), size, EICAR, Buffer.alloc(4)])
    const answer = await talk(clamd.port, request.toString('latin1'), (text) => text.includes('\n'))
    assert.match(answer, /^stream: Eicar-Test-Signature(-HDB)?\S* FOUND/)
  })

  test('redis answers and forgets', async ({ assert, cleanup }) => {
    const redis = await startRedis()
    cleanup(() => redis.stop())
    const ask = (line: string) => talk(redis.port, `${line}\r\n`, (text) => text.endsWith('\r\n'))
    assert.equal(await ask('SET a 1'), '+OK\r\n')
    await redis.flush()
    assert.equal(await ask('EXISTS a'), ':0\r\n')
  })

  test('postgres makes databases', async ({ assert, cleanup }) => {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    const client = new pg.Client({ connectionString: await postgres.createDatabase() })
    await client.connect()
    cleanup(() => client.end())
    const { rows } = await client.query('SELECT current_database() AS name')
    assert.equal(rows[0].name, 'test_1')
  })
})
