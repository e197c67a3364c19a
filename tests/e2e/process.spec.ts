import { test } from '@japa/runner'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  statfs,
} from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '#tests/until'
import { scriptedPeer } from '../scripted_peer.ts'
import { SmtpClient } from '../smtp_client.ts'
import { mailWith, onTheWire, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

/** Paths of all files below a folder, relative to it. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
}

/** What was begun and given up is removed a moment after its handle, and after the answer. */
async function onlyFiles(at: Installation, files: string[]): Promise<void> {
  const left = async () => (await filesOf(join(at.dataDir, 'blobs'))).join()
  await until(async () => (await left()) === files.join(), 'no file is left over')
}

test.group('One server per folder', () => {
  test('a second server refuses with a sentence; commands run beside the first', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    const first = await at.start()
    const { code, output } = await at.refusal()
    assert.equal(code, 1)
    assert.match(output, /^Another Webtresor server runs on \S+: stop it first, or .+\n$/)

    assert.equal((await at.ace('domain:add', 'second.example')).code, 0)
    assert.equal(await send(at.smtpPort, mailWith(randomBytes(100))), '250 2.0.0 1')
    assert.equal((await at.ace('archive:verify')).code, 0)
    assert.equal((await first.stop()).code, 0)
    assert.equal((await (await at.start()).stop()).code, 0)
  })
})

test.group('A server that is told to end', () => {
  test('while it starts does so, and leaves a folder on which it starts again', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    for (const wait of [200, 500, 800, 1100, 1400, 1800]) {
      const server = at.launch()
      await pause(wait)
      const { code, signal, output } = await server.stop()
      // Before it listens to signals, the first one ends it.
      assert.isTrue(code === 0 || signal === 'SIGTERM', `${wait} ms: ${code} ${signal}\n${output}`)
      assert.notMatch(output, /Error/)
    }
    const server = await at.start()
    assert.equal(await send(at.smtpPort, mailWith(randomBytes(100))), '250 2.0.0 1')
    assert.equal((await server.stop()).code, 0)
  }).timeout(120_000)
})

test.group('Keys', () => {
  test('are made once, for their owner only, and stay', async ({ assert, cleanup }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    const folder = join(at.dataDir, 'keys')
    const keys = async () => {
      const files = await filesOf(folder)
      return new Map(
        await Promise.all(
          files.sort().map(async (file) => {
            const { mode } = await stat(file)
            return [
              file.slice(folder.length + 1),
              { mode: mode & 0o777, text: await readFile(file, 'utf8') },
            ] as const
          })
        )
      )
    }
    await (await at.start()).stop()
    const made = await keys()
    assert.includeMembers([...made.keys()], ['app.key', 'ledger.key', 'link.key', 'storage.key'])
    for (const [name, { mode }] of made) assert.equal(mode, 0o600, name)
    assert.equal((await stat(folder)).mode & 0o777, 0o700)
    await (await at.start()).stop()
    assert.deepEqual(await keys(), made)
  })

  test('a lost storage key is not replaced while blobs need it', async ({ assert, cleanup }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    const server = await at.start()
    assert.equal(await send(at.smtpPort, mailWith(randomBytes(100))), '250 2.0.0 1')
    await server.stop()
    for (const lost of [['storage.key'], ['storage.key', 'storage.pub']]) {
      for (const name of lost) await rm(join(at.dataDir, 'keys', name), { force: true })
      const { code, output } = await at.refusal()
      assert.equal(code, 1, output)
      assert.match(output, /^[^\n]*storage\.key[^\n]*\n$/)
    }
  })
})

test.group('The end of a process', () => {
  test('SIGTERM lets a DATA under way and a running job end', async ({ assert, cleanup }) => {
    let asking: Socket | undefined
    const peer = await scriptedPeer((line, socket) => {
      if (line !== 'END') return undefined
      asking = socket
      return null
    })
    cleanup(() => peer.stop())
    const at = await Installation.create({ RELAY_URL: peer.url })
    cleanup(() => at.remove())
    const server = await at.start()

    assert.match(await send(at.smtpPort, mailWith(randomBytes(1000))), /^250 /)
    await until(() => asking !== undefined, 'the relay has the mail')
    const client = await SmtpClient.open(at.smtpPort)
    await client.data('me@firm.example', 'late@example.net')
    const content = onTheWire(mailWith(randomBytes(1_500_000)))
    client.write(content.subarray(0, 1_000_000))

    const stopping = server.stop()
    await until(async () => {
      const late = new SmtpClient(at.smtpPort)
      const greeting = await late.reply().catch(() => '')
      late.end()
      return !greeting.startsWith('220')
    }, 'the listener is closed')
    client.write(content.subarray(1_000_000))
    assert.equal(await client.reply(), '250 2.0.0 2')
    await client.closed()
    asking!.write('250 2.0.0 queued\r\n')
    const { code, output } = await stopping
    assert.equal(code, 0, output)
    assert.deepEqual(at.rows('SELECT number, state FROM deliveries ORDER BY number'), [
      { number: 1, state: 'delivered' },
      { number: 2, state: 'pending' },
    ])
  })

  test('a mail in work when the plug is pulled leaves as soon as the server is back', async ({
    assert,
    cleanup,
  }) => {
    let deaf = true
    const peer = await scriptedPeer((line) => (line === 'END' && deaf ? null : undefined))
    cleanup(() => peer.stop())
    const at = await Installation.create({ RELAY_URL: peer.url })
    cleanup(() => at.remove())
    const server = await at.start()
    assert.match(await send(at.smtpPort, mailWith(randomBytes(1000))), /^250 /)
    await until(() => peer.messages.length === 1, 'the relay has the mail')
    await server.kill()
    deaf = false
    const latest = join(at.dataDir, 'checkpoints/latest')
    await rm(latest)
    await at.start()
    assert.isTrue(existsSync(latest), 'a checkpoint that was not published any more is so now')
    await until(() => peer.messages.length === 2, 'the relay has the mail again')
    assert.isTrue(peer.messages[0]!.equals(peer.messages[1]!))
    await until(
      () => at.rows(`SELECT 1 FROM messages WHERE state = 'done'`).length === 1,
      'the mail is done'
    )
  })
})

test.group('Bad times', () => {
  test('a client that vanishes in DATA leaves nothing behind', async ({ assert, cleanup }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    const { pid } = await at.start()
    const handles = async () => {
      const names = await readdir(`/proc/${pid}/fd`)
      const paths = await Promise.all(
        names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => ''))
      )
      return paths.filter((path) => /^socket:|\/blobs\//.test(path)).length
    }
    // A first mail makes what stays: folders, its files. Without a relay it ends as held.
    assert.equal(await send(at.smtpPort, mailWith(randomBytes(1000))), '250 2.0.0 1')
    await until(
      () => at.rows(`SELECT 1 FROM messages WHERE state = 'held'`).length === 1,
      'the first mail is held'
    )
    const before = { handles: await handles(), files: await filesOf(join(at.dataDir, 'blobs')) }
    for (let nth = 0; nth < 10; nth++) {
      const client = await SmtpClient.open(at.smtpPort)
      await client.data()
      client.write(onTheWire(mailWith(randomBytes(3_000_000))).subarray(0, -5))
      if (nth % 2 === 0) await until(() => client.socket.writableLength === 0, 'all is sent')
      client.end()
    }
    await until(async () => (await handles()) <= before.handles, 'all handles are closed')
    await onlyFiles(at, before.files)
    assert.deepEqual(at.rows('SELECT number FROM messages'), [{ number: 1 }])
    assert.equal(await send(at.smtpPort, mailWith(randomBytes(1000))), '250 2.0.0 2')
  })

  test('a full disk puts mail off, and takes it again when there is room', async ({
    assert,
    cleanup,
  }) => {
    const disk = await mkdtemp(join(tmpdir(), 'webtresor-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    cleanup(async () => {
      execFileSync('umount', ['-l', disk])
      await rm(disk, { recursive: true })
    })
    const at = await Installation.create({ DATA_DIR: join(disk, 'data') })
    cleanup(() => at.remove())
    await at.start()
    const large = mailWith(randomBytes(2_000_000))
    const small = mailWith(randomBytes(10))
    assert.equal(await send(at.smtpPort, large), '250 2.0.0 1')
    await until(
      () => at.rows(`SELECT 1 FROM messages WHERE state = 'held'`).length === 1,
      'the first mail is held'
    )
    const files = await filesOf(join(at.dataDir, 'blobs'))

    // Full while content comes; then full to the last page, where the database cannot grow either.
    for (const room of [1_500_000, 0]) {
      await fill(disk, room)
      assert.match(await send(at.smtpPort, large), /^45[12] 4\.3\.[01] /)
      if (room === 0) assert.match(await send(at.smtpPort, small), /^45[12] 4\.3\.[01] /)
    }
    await onlyFiles(at, files)
    assert.lengthOf(at.rows('SELECT number FROM messages'), 1)

    await rm(join(disk, 'ballast'))
    assert.equal(await send(at.smtpPort, large), '250 2.0.0 2')
    const verified = await at.ace('archive:verify')
    assert.equal(verified.code, 0, verified.output)
  })
})

/** Leaves so many bytes free on a disk of its own. */
async function fill(disk: string, room: number) {
  const { bavail, bsize } = await statfs(disk)
  await appendFile(join(disk, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize - room)))
}
