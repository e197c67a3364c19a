import { test } from '@japa/runner'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { collectingListener } from '../collecting_listener.ts'
import { SmtpClient } from '../smtp_client.ts'
import { mailWith, onTheWire, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

/** What the process holds open: files, sockets, pipes. */
function handlesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\d+/g, '')]
    } catch {
      return []
    }
  })
}

/** Resident memory in MB. */
const residentOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

const MB = 1024 * 1024

test('after mails, idle clients and clients that break off, no handle is left', async ({
  assert,
  cleanup,
}) => {
  const smarthost = await collectingListener()
  cleanup(() => smarthost.stop())
  const at = await Installation.create({ RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` })
  cleanup(() => at.remove())
  const server = await at.start()
  const mail = mailWith(Buffer.alloc(2000, 'x'))
  await send(at.smtpPort, mail)
  const open = () => at.rows("SELECT 1 FROM messages WHERE state <> 'done'").length
  const quiet = async () => {
    for (let i = 0; open() > 0 && i < 200; i++) await pause(50)
    assert.equal(open(), 0)
  }
  await quiet()
  const before = handlesOf(server.pid)

  const idle = Array.from(
    { length: 300 },
    (_, nth) => new SmtpClient(at.smtpPort, '127.0.0.1', `127.0.2.${1 + (nth % 30)}`)
  )
  const breaking = async () => {
    const client = await SmtpClient.open(at.smtpPort)
    await client.data()
    client.write(onTheWire(mail).subarray(0, 1500))
    client.socket.resetAndDestroy()
  }
  for (let round = 0; round < 10; round++) {
    await Promise.all([send(at.smtpPort, mail), breaking(), fetch(`${at.url}/health/ready`)])
  }
  for (const client of idle) client.end()
  await quiet()
  assert.lengthOf(at.rows('SELECT 1 FROM messages'), 11)

  // The pool to the smarthost keeps a connection for a while, and HTTP keeps its own for some seconds.
  let left = handlesOf(server.pid)
  for (let i = 0; left.length > before.length + 2 && i < 100; i++) {
    await pause(300)
    left = handlesOf(server.pid)
  }
  assert.isAtMost(left.length, before.length + 2, left.toSorted().join('\n'))
}).timeout(90_000)

test('a client that breaks off in large messages again and again leaves no memory behind', async ({
  assert,
  cleanup,
}) => {
  const smarthost = await collectingListener()
  cleanup(() => smarthost.stop())
  const at = await Installation.create({ RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` })
  cleanup(() => at.remove())
  const server = await at.start()
  const line = Buffer.from(`${'x'.repeat(1022)}\r\n`)
  const large = Buffer.concat([
    onTheWire(mailWith(Buffer.alloc(100, 'x'))).subarray(0, 300),
    ...Array<Buffer>(4 * 1024).fill(line),
  ])
  const breaking = async () => {
    const client = await SmtpClient.open(at.smtpPort)
    await client.data()
    client.write(large)
    await pause(100)
    client.socket.resetAndDestroy()
  }
  const shouting = async () => {
    const client = await SmtpClient.open(at.smtpPort)
    client.write(Buffer.alloc(MB, 'y'))
    await pause(100)
    client.socket.resetAndDestroy()
  }
  /** What stays after so many rounds, once everything has had time to go. */
  const after = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await Promise.all([breaking(), breaking(), shouting(), send(at.smtpPort, mailWith(line))])
    }
    let least = Infinity
    for (let i = 0; i < 10; i++) {
      await pause(200)
      least = Math.min(least, residentOf(server.pid))
    }
    return least
  }
  // The first rounds fill pools and compile code. What comes after them sends 8 MB a round, and would keep 200 MB.
  const before = await after(8)
  const left = await after(25)
  assert.isBelow(left - before, 120, `${before} MB, then ${left} MB`)
  assert.lengthOf(at.rows('SELECT 1 FROM messages'), 33)
}).timeout(120_000)
