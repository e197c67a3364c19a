import { test } from '@japa/runner'
import { buffer } from 'node:stream/consumers'
import { DAY, failureOf, freshHouse, HOUR, MINUTE, RECIPIENT, SENDER, stranger } from './house.ts'

const visitor = { ...stranger, device: 'd'.repeat(43) }

async function openHouse(context: Parameters<typeof freshHouse>[0]) {
  const house = await freshHouse(context, { confirmation: 'none' })
  const issued = await house.issue()
  const { links } = house
  const redeemed = async (wanted: number | 'all', who = visitor) => {
    const { ticket } = await links.ticket(issued.token, wanted, who)
    return { ticket, download: await links.redeem(issued.token, ticket, who) }
  }
  return { ...house, ...issued, redeemed }
}

test.group('tickets', () => {
  test('stand for one file or for all as a ZIP', async ({ assert, cleanup }) => {
    const { redeemed } = await openHouse({ cleanup })
    const { download: file } = await redeemed(2)
    assert.deepInclude(file, { name: 'Belege.zip', type: 'application/pdf', size: 12, number: 1 })
    const content = await buffer(file.read({ start: 0, end: 12 }))
    assert.equal(content.toString(), 'viele Belege')
    const part = await buffer(file.read({ start: 6, end: 9 }))
    assert.equal(part.toString(), 'Bel')

    const { download: zip } = await redeemed('all')
    assert.equal(zip.name, 'Unterlagen Jahresabschluss 2025 2026-11-23.zip')
    const bytes = await buffer(zip.read({ start: 0, end: zip.size }))
    assert.equal(bytes.length, zip.size)
    assert.include(bytes.toString('latin1'), 'viele Belege')
    const { download: again } = await redeemed('all')
    assert.equal(again.etag, zip.etag)
  })

  test('are used within ten minutes, and then good for a day', async ({ assert, cleanup }) => {
    const { links, redeemed, clock, token } = await openHouse({ cleanup })
    const unused = await redeemed(1)
    const used = await redeemed(1)
    clock.at += 10 * MINUTE - 1
    await used.download.begin()
    clock.at += 1
    assert.equal(await failureOf(links.redeem(token, unused.ticket, visitor)), 'E_NO_TICKET')
    await assert.doesNotReject(() => links.redeem(token, used.ticket, visitor))
    clock.at += 24 * HOUR - 2
    await assert.doesNotReject(() => links.redeem(token, used.ticket, visitor))
    clock.at += 1
    assert.equal(await failureOf(links.redeem(token, used.ticket, visitor)), 'E_NO_TICKET')
  })

  test('are good in the browser that asked', async ({ assert, cleanup }) => {
    const { links, redeemed, token } = await openHouse({ cleanup })
    const { ticket } = await redeemed(1)
    for (const device of [undefined, 'x'.repeat(43), 'short']) {
      assert.equal(
        await failureOf(links.redeem(token, ticket, { ...stranger, device })),
        'E_NO_TICKET'
      )
    }
    assert.equal(await failureOf(links.redeem(token, 'x'.repeat(43), visitor)), 'E_NO_TICKET')
  })

  test('are good under the link that they were handed out for', async ({ assert, cleanup }) => {
    const { links, redeemed, issue, token } = await openHouse({ cleanup })
    const { ticket } = await redeemed(1)
    const other = await issue({ number: 2 })
    assert.equal(await failureOf(links.redeem(other.token, ticket, visitor)), 'E_NO_TICKET')
    assert.equal(await failureOf(links.redeem('x'.repeat(27), ticket, visitor)), 'E_NO_TICKET')
    await assert.doesNotReject(() => links.redeem(token, ticket, visitor))
  })

  test('are not there for files that are not there', async ({ assert, cleanup }) => {
    const { links, token } = await openHouse({ cleanup })
    for (const position of [0, 3, 1.5, Number.NaN]) {
      assert.equal(await failureOf(links.ticket(token, position, visitor)), 'E_NO_FILE')
    }
  })
})

test.group('downloads', () => {
  test('are complete when every byte was sent, in however many responses', async ({
    assert,
    cleanup,
  }) => {
    const { token, redeemed, links, events, ledger } = await openHouse({ cleanup })
    const { download, ticket } = await redeemed(2)
    await download.begin()
    await download.record(0, 5, false)
    const [half] = await links.statusOf(1)
    assert.deepInclude(half!.downloads[0], { file: 'Belege.zip', bytes: 5, complete: false })
    assert.deepEqual(await events(), ['link_issued'])

    const resumed = await links.redeem(token, ticket, visitor)
    await resumed.begin()
    await resumed.record(4, 12, true)
    await resumed.record(0, 12, true)
    const [whole] = await links.statusOf(1)
    assert.lengthOf(whole!.downloads, 1)
    assert.deepInclude(whole!.downloads[0], { file: 'Belege.zip', bytes: 12, complete: true })
    assert.isNull(whole!.fetchedAt)
    assert.deepEqual(await events(), ['link_issued', 'link_downloaded'])
    const [, entry] = await ledger.entries({ limit: 10 })
    assert.deepInclude(entry!.detail, { name: 'Belege.zip', bytes: 12, recipient: RECIPIENT })
  })

  test('that broke off are never complete, even when all bytes were handed over', async ({
    assert,
    cleanup,
  }) => {
    const { redeemed, events } = await openHouse({ cleanup })
    const { download } = await redeemed(2)
    await download.begin()
    await download.record(0, 12, false)
    assert.deepEqual(await events(), ['link_issued'])
    await download.record(11, 12, true)
    assert.deepEqual(await events(), ['link_issued', 'link_downloaded'])
  })

  test('of a ZIP are one event for each file, and the link is fetched', async ({
    assert,
    cleanup,
  }) => {
    const { redeemed, links, events, problems } = await openHouse({ cleanup })
    const { download } = await redeemed('all')
    await download.begin()
    await download.record(0, download.size - 3, true)
    assert.deepEqual(await events(), ['link_issued'])
    await download.record(download.size - 3, download.size, true)
    assert.deepEqual(await events(), ['link_issued', 'link_downloaded', 'link_downloaded'])
    const [status] = await links.statusOf(1)
    assert.isNotNull(status!.fetchedAt)
    assert.deepEqual(
      status!.downloads.map(({ file, bytes, complete }) => ({ file, bytes, complete })),
      [
        { file: 'Jahresabschluss.pdf', bytes: 6, complete: true },
        { file: 'Belege.zip', bytes: 12, complete: true },
      ]
    )
    assert.deepEqual(await problems(), [])
  })

  test('in two connections at once are one event', async ({ assert, cleanup }) => {
    const { redeemed, events } = await openHouse({ cleanup })
    const { download } = await redeemed(2)
    await Promise.all([download.begin(), download.begin()])
    await Promise.all([
      download.record(0, 6, true),
      download.record(6, 12, true),
      download.record(0, 12, true),
    ])
    assert.deepEqual(await events(), ['link_issued', 'link_downloaded'])
  })

  test('of an empty file are complete when the response ended', async ({ assert, cleanup }) => {
    const { issue, file, links, events } = await freshHouse({ cleanup }, { confirmation: 'none' })
    const { token } = await issue({ files: [await file('leer.txt', '')] })
    const { ticket } = await links.ticket(token, 1, visitor)
    const download = await links.redeem(token, ticket, visitor)
    await download.begin()
    await download.record(0, 0, false)
    assert.deepEqual(await events(), ['link_issued'])
    await download.record(0, 0, true)
    assert.deepEqual(await events(), ['link_issued', 'link_downloaded'])
  })

  test('by the sender are no evidence', async ({ assert, cleanup }) => {
    const { links, token, events } = await openHouse({ cleanup })
    const sender = { ...visitor, userId: 7 }
    const { ticket } = await links.ticket(token, 1, sender)
    const download = await links.redeem(token, ticket, sender)
    await download.begin()
    await download.record(0, download.size, true)
    const [status] = await links.statusOf(1)
    assert.deepEqual(status!.downloads, [])
    assert.deepEqual(await events(), ['link_issued'])
  })

  test('go on after the link expired, and stop when it is revoked', async ({ assert, cleanup }) => {
    const { links, redeemed, clock, expiresAt, id, token } = await openHouse({ cleanup })
    clock.at = expiresAt.getTime() - MINUTE
    const { ticket, download } = await redeemed(1)
    await download.begin()
    clock.at += 2 * MINUTE
    await assert.doesNotReject(() => links.redeem(token, ticket, visitor))
    await links.revoke({ id }, 7)
    assert.equal(await failureOf(links.redeem(token, ticket, visitor)), 'E_NO_TICKET')
  })
})

test.group('what senders are told', () => {
  test('once, when the last recipient has fetched everything', async ({ assert, cleanup }) => {
    const { links, token, issue, mails } = await openHouse({ cleanup })
    const other = await issue({ recipient: 'other@example.net' })
    const fetchAll = async (of: string) => {
      const { ticket } = await links.ticket(of, 'all', visitor)
      const download = await links.redeem(of, ticket, visitor)
      await download.begin()
      await download.record(0, download.size, true)
    }
    await fetchAll(token)
    assert.lengthOf(await mails('all_fetched'), 0)
    await fetchAll(other.token)
    await fetchAll(token)
    const told = await mails('all_fetched')
    assert.lengthOf(told, 1)
    assert.equal(told[0]!.recipient, SENDER)
    assert.include(told[0]!.body_text, 'Alle 2 Empfänger')
  })

  test('once, after five days, who has not fetched', async ({ assert, cleanup }) => {
    const { links, issue, mails, clock, redeemed } = await openHouse({ cleanup })
    await issue({ recipient: 'late@example.net' })
    const { download } = await redeemed('all')
    await download.begin()
    await download.record(0, download.size, true)
    clock.at += 5 * DAY - 1
    assert.equal(await links.remind(), 0)
    clock.at += 1
    assert.equal(await links.remind(), 1)
    assert.equal(await links.remind(), 0)
    const [mail] = await mails('not_fetched')
    assert.include(mail!.body_text, 'late@example.net')
    assert.notInclude(mail!.body_text, RECIPIENT)
  })
})

test.group('what is forgotten', () => {
  test('where recipients were, after a while; what they did stays', async ({ assert, cleanup }) => {
    const { links, confirmed, issue, db, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    const { device } = await confirmed(token)
    const known = { ...stranger, device }
    const { ticket } = await links.ticket(token, 1, known)
    const download = await links.redeem(token, ticket, known)
    await download.begin()
    await download.record(0, download.size, true)
    const noted = JSON.stringify([await db.from('link_downloads'), await db.from('link_devices')])
    assert.equal(noted.split('203.0.113.0/24').length, 3)

    clock.at += 80 * DAY
    await links.forgetAddresses(new Date(clock.at - 79 * DAY))
    for (const table of ['link_codes', 'link_devices', 'link_tickets', 'link_downloads']) {
      assert.notInclude(JSON.stringify(await db.from(table)), '203.0.113', table)
    }
    const [status] = await links.statusOf(1)
    assert.isNotNull(status!.confirmedAt)
    assert.isTrue(status!.downloads[0]!.complete)
    assert.lengthOf(await db.from('link_devices'), 1)
  })
})
