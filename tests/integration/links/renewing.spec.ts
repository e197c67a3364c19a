import { test } from '@japa/runner'
import { transaction } from '#transaction'
import { Vaults } from '#vault'
import { Readable } from 'node:stream'
import { DAY, failureOf, freshHouse, HOUR, RECIPIENT, SENDER, stranger } from './house.ts'

const tokenOf = (url: string) => url.split('/').at(-1)!
const target = { number: 1, recipient: RECIPIENT }

test.group('a link that is sent again', () => {
  test('while it works is the same, mailed once more', async ({ assert, cleanup }) => {
    const { issue, links, mails, events } = await freshHouse({ cleanup })
    const { url, expiresAt } = await issue()
    const sent = await links.send(target, 7)
    assert.deepInclude(sent, { status: 'sent_again' })
    assert.deepInclude(sent.link, { url, expiresAt })
    const [mail] = await mails('link')
    assert.equal(mail!.recipient, RECIPIENT)
    for (const said of [url, 'Jahresabschluss.pdf (6 Byte)', 'Belege.zip', SENDER]) {
      assert.include(mail!.body_text, said)
    }
    assert.deepEqual(await events(), ['link_issued', 'link_sent'])
    assert.equal(await failureOf(links.send(target, 7)), 'E_TOO_SOON')
    assert.lengthOf(await mails('link'), 1)
  })

  test('after its end is a new one, and the old one stays dead', async ({ assert, cleanup }) => {
    const { issue, links, mails, events, clock, confirmed, stateOf, problems } = await freshHouse({
      cleanup,
    })
    const { token, id } = await issue()
    const { device } = await confirmed(token)
    const known = { ...stranger, device }
    const { ticket } = await links.ticket(token, 1, known)
    clock.at += 40 * DAY
    await links.requestNewLink(token, stranger)
    const { status, link } = await links.send(target, 7)
    assert.equal(status, 'renewed')
    assert.equal(link.id, id)
    assert.equal(tokenOf(link.url), links.tokenFor(1, RECIPIENT, 2))
    assert.isAbove(link.expiresAt.getTime(), clock.at + 29 * DAY)
    assert.equal(await failureOf(links.open(token, stranger)), 'E_NO_LINK')
    assert.equal(await failureOf(links.redeem(tokenOf(link.url), ticket, known)), 'E_NO_TICKET')
    assert.equal(await stateOf(tokenOf(link.url), stranger), 'locked')
    assert.equal(await stateOf(tokenOf(link.url), known), 'open')
    const [mail] = await mails('link')
    assert.include(mail!.body_text, link.url)
    assert.equal((await events()).at(-1), 'link_renewed')
    assert.isNull((await links.statusOf(1))[0]!.wantedAt)
    assert.deepEqual(await problems(), [])
    // Processing the message again embeds the link that is valid now.
    assert.equal((await issue()).token, tokenOf(link.url))
  })

  test('after it was taken back needs a word more', async ({ assert, cleanup }) => {
    const { issue, links, stateOf, mails } = await freshHouse({ cleanup })
    const { token } = await issue()
    await links.revoke(target, 7)
    assert.equal(await failureOf(links.send(target, 7)), 'E_LINK_REVOKED')
    assert.lengthOf(await mails('link'), 0)
    const { link } = await links.send(target, 7, { evenRevoked: true })
    assert.equal(await failureOf(links.open(token, stranger)), 'E_NO_LINK')
    assert.equal(await stateOf(tokenOf(link.url), stranger), 'locked')
  })

  test('ends codes that were asked for under the old one', async ({ assert, cleanup }) => {
    const { issue, links, code } = await freshHouse({ cleanup })
    const { token } = await issue()
    const old = await code(token)
    await links.revoke(target, 7)
    const { link } = await links.send(target, 7, { evenRevoked: true })
    const tried = await links.confirm(tokenOf(link.url), old, { ...stranger, remember: false })
    assert.deepEqual(tried, { status: 'no_code' })
  })
})

test.group('a holder of a quoted link', () => {
  const asker = 'Kollege@Example.net'
  const ask = { ...stranger, asker }

  test('asks once a day, and his address waits for the sender', async ({ assert, cleanup }) => {
    const { issue, links, mails, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    assert.deepEqual(await links.requestNewLink(token, ask), { status: 'told' })
    assert.deepEqual(await links.requestNewLink(token, ask), { status: 'told' })
    const [mail, second] = await mails('link_wanted')
    assert.isUndefined(second)
    assert.include(mail!.body_text, 'https://tresor.example/archiv/1')
    const [waiting] = await links.askersOf(1)
    assert.deepInclude(waiting, {
      address: 'kollege@example.net',
      through: RECIPIENT,
      decidedAt: null,
    })
    clock.at += DAY
    await links.requestNewLink(token, ask)
    assert.lengthOf(await mails('link_wanted'), 2)
    assert.lengthOf(await links.askersOf(1), 1)
  })

  test('gets a link of his own when the sender grants it', async ({ assert, cleanup }) => {
    const { issue, links, mails, events, stateOf, problems, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    await links.requestNewLink(token, ask)
    const id = (await links.askersOf(1))[0]!.id
    clock.at += HOUR
    assert.equal(await failureOf(links.answer({ id, number: 2 }, true, 7)), 'E_NO_ASKER')
    const own = await links.answer({ id, number: 1 }, true, 7)
    const [mail] = await mails('link')
    assert.equal(mail!.recipient, 'kollege@example.net')
    assert.include(mail!.body_text, own!.url)
    assert.deepInclude(await links.open(tokenOf(own!.url), stranger), {
      state: 'locked',
      recipientMasked: 'ko••@…',
      fileCount: 2,
    })
    assert.equal(await stateOf(token, stranger), 'locked')
    assert.deepEqual(await events(), ['link_issued', 'link_issued'])
    assert.equal(await failureOf(links.answer({ id, number: 1 }, false, 7)), 'E_DECIDED')
    assert.deepEqual(await problems(), [])
  })

  test('is told nothing of a refusal, and the sender is not asked again', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, mails, events, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    await links.requestNewLink(token, ask)
    const id = (await links.askersOf(1))[0]!.id
    assert.isUndefined(await links.answer({ id, number: 1 }, false, 7))
    clock.at += 2 * DAY
    assert.deepEqual(await links.requestNewLink(token, ask), { status: 'told' })
    assert.lengthOf(await mails('link_wanted'), 1)
    assert.lengthOf(await mails('link'), 0)
    assert.equal((await events()).at(-1), 'link_refused')
  })

  test('names five addresses a day for a link, and twenty from a network', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, mails, clock } = await freshHouse({ cleanup })
    const askFor = async (token: string, nth: number) =>
      (await links.requestNewLink(token, { ...stranger, asker: `a${nth}@example.net` })).status
    for (let number = 1; number <= 4; number++) {
      const { token } = await issue({ number })
      for (let nth = 0; nth < 5; nth++) assert.equal(await askFor(token, nth), 'told')
      assert.equal(await askFor(token, 5), 'throttled')
    }
    const { token } = await issue({ number: 5 })
    assert.equal(await askFor(token, 0), 'throttled')
    assert.lengthOf(await mails('link_wanted'), 20)
    clock.at += DAY
    assert.equal(await askFor(token, 0), 'told')
  })
})

test.group('deposits', () => {
  async function mailed(context: Parameters<typeof freshHouse>[0], number = 1) {
    const house = await freshHouse(context)
    const vaults = new Vaults({
      db: house.db,
      blobs: house.blobs,
      ledger: house.ledger,
      now: () => new Date(house.clock.at),
    })
    const deposit = async (part: string, name: string, of = number) => {
      const file = {
        mailbox: SENDER,
        message: { number: of, subject: 'Unterlagen', receivedAt: new Date(house.clock.at) },
        part,
        name,
        type: 'application/pdf',
        blob: await house.blobs.write(Readable.from([Buffer.from(`Inhalt von ${name}`)])),
      }
      await transaction(house.db, (trx) => vaults.deposits.put(trx, file))
      return (await vaults.deposits.of(of)).find((one) => one.part === part)!
    }
    const files = [await deposit('2', 'a.pdf'), await deposit('3', 'b.pdf')]
    const issued = await house.issue({ number, files })
    const gone = async (blob: string) =>
      failureOf(house.blobs.read(blob).toArray() as Promise<unknown>)
    return { ...house, ...issued, vaults, files, deposit, gone }
  }

  test('are made once for a message and part', async ({ assert, cleanup }) => {
    const { vaults, files, deposit } = await mailed({ cleanup })
    const again = await deposit('2', 'anders.pdf')
    assert.deepEqual(again, files[0])
    assert.lengthOf(await vaults.deposits.of(1), 2)
  })

  test('may be renamed or removed in the vault: a link keeps what it pinned', async ({
    assert,
    cleanup,
  }) => {
    const { links, db, files, token, url } = await mailed({ cleanup })
    const sender = { ...stranger, userId: 7 }
    const before = await links.open(token, sender)
    await db.from('entries').where('id', files[0]!.id).update({ name: 'umbenannt.pdf' })
    await db.from('versions').where('entry_id', files[1]!.id).delete()
    await db.from('entries').where('id', files[1]!.id).delete()
    assert.deepEqual(await links.open(tokenOf(url), sender), before)
    const { ticket, device } = await links.ticket(token, 2, sender)
    const download = await links.redeem(token, ticket, { ...sender, device })
    const bytes = await download.read({ start: 0, end: download.size }).toArray()
    assert.equal(Buffer.concat(bytes as Buffer[]).toString(), 'Inhalt von b.pdf')
  })

  test('are destroyed 30 days after the last link, and not before', async ({ assert, cleanup }) => {
    const { links, vaults, files, token, expiresAt, clock, gone, events, problems, db } =
      await mailed({ cleanup })
    clock.at = expiresAt.getTime() + 30 * DAY - 1
    assert.equal(await links.retire(vaults), 0)
    assert.equal(await gone(files[0]!.blob), 'nothing')
    clock.at += 1
    assert.equal(await links.retire(vaults), 2)
    for (const { blob } of files) assert.equal(await gone(blob), 'E_SHREDDED')
    assert.equal(await links.retire(vaults), 0)
    assert.deepEqual(await events(), ['link_issued', 'shredded'])
    assert.deepEqual(await problems(), [])

    assert.deepInclude(await links.open(token, stranger), { state: 'expired', gone: true })
    for (const refused of [
      () => links.send(target, 7),
      () => links.extend(target, 30, 7),
      () => links.requestNewLink(token, stranger),
      () => links.ticket(token, 1, { ...stranger, userId: 7 }),
    ]) {
      assert.equal(await failureOf(refused()), 'E_FILES_GONE')
    }
    const [file] = await vaults.deposits.of(1)
    assert.deepInclude(file, { name: 'a.pdf', gone: true, downloadable: false })
    assert.throws(() => vaults.read(file!), /no longer available/)
    assert.equal((await vaults.deposits.vaultsOf([SENDER]))[0]!.used, 0)
    assert.lengthOf(await db.from('versions').whereNull('shredded_at'), 0)
  })

  test('stay while one of the links lives, and when one is extended', async ({
    assert,
    cleanup,
  }) => {
    const { links, vaults, issue, files, clock, gone, expiresAt } = await mailed({ cleanup })
    clock.at += 20 * DAY
    await issue({ recipient: 'later@example.net', files })
    clock.at = expiresAt.getTime() + 40 * DAY
    assert.equal(await links.retire(vaults), 0)
    await links.extend(target, 30, 7)
    clock.at += 40 * DAY
    assert.equal(await links.retire(vaults), 0)
    assert.equal(await gone(files[0]!.blob), 'nothing')
  })

  test('stay when another mail pins them, or a copy names them', async ({ assert, cleanup }) => {
    const { links, vaults, issue, files, clock, gone, expiresAt, db } = await mailed({ cleanup })
    clock.at = expiresAt.getTime() + 10 * DAY
    const other = await issue({ number: 2, files: [files[0]!] })
    const row = await db.from('versions').where('entry_id', files[1]!.id).firstOrFail()
    await db.table('versions').insert({ ...row, id: 99, number: 2 })
    clock.at = expiresAt.getTime() + 30 * DAY
    assert.equal(await links.retire(vaults), 0)
    clock.at = other.expiresAt.getTime() + 30 * DAY
    assert.equal(await links.retire(vaults), 1)
    assert.equal(await gone(files[0]!.blob), 'E_SHREDDED')
    assert.equal(await gone(files[1]!.blob), 'nothing')
  })

  test('that a crash left half destroyed are destroyed by the next sweep', async ({
    assert,
    cleanup,
  }) => {
    const { links, vaults, files, clock, gone, expiresAt, blobs } = await mailed({ cleanup })
    clock.at = expiresAt.getTime() + 31 * DAY
    const shred = blobs.shred.bind(blobs)
    let calls = 0
    blobs.shred = async (id) => {
      if (calls++ === 1) throw new Error('the power fails')
      await shred(id)
    }
    await assert.rejects(() => links.retire(vaults), 'the power fails')
    assert.equal(await gone(files[1]!.blob), 'nothing')
    assert.equal(await links.retire(vaults), 1)
    assert.equal(await gone(files[1]!.blob), 'E_SHREDDED')
  })

  test('are looked at in batches, and none is forgotten', async ({ assert, cleanup }) => {
    const { links, vaults, issue, deposit, clock, db } = await mailed({ cleanup })
    for (let number = 2; number <= 60; number++) {
      await issue({ number, files: [await deposit('2', 'x.pdf', number)] })
    }
    clock.at += 70 * DAY
    await links.retire(vaults)
    assert.lengthOf(await db.from('versions').whereNull('retired_at'), 10)
    await links.retire(vaults)
    assert.lengthOf(await db.from('versions').whereNull('shredded_at'), 0)
  }).timeout(20_000)
})
