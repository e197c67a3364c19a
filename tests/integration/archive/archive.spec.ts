import { test } from '@japa/runner'
import { buffer } from 'node:stream/consumers'
import { envelope, house, once, type House } from '../../house.ts'

const mail = [
  'From: =?utf-8?Q?J=C3=BCrgen?= <me@firm.example>',
  'To: client@example.net',
  'Subject: =?iso-8859-1?Q?Gr=FC=DFe?=',
  'Message-ID: <1@firm.example>',
  '',
  'Hallo\r\n.\r\n',
].join('\r\n')

test.group('Archive: accept', (group) => {
  let at: House
  group.each.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('keeps the bytes, the envelope and the synopsis', async ({ assert }) => {
    const envelopeIn = envelope({ rcptTo: ['client@example.net', 'hidden@example.org'] })
    const { number, sha256 } = await at.archive.accept(once(mail), envelopeIn)
    const message = await at.archive.message(number, 'everything')
    assert.equal(number, 1)
    assert.deepEqual(await buffer(at.archive.original(message)), Buffer.from(mail))
    assert.equal(message.subject, 'Grüße')
    assert.equal(message.fromName, 'Jürgen')
    assert.equal(message.state, 'accepted')
    const [entry] = await at.ledger.entries({ number, limit: 1 })
    assert.equal(entry?.original, sha256)
    assert.deepEqual(entry?.detail?.rcptTo, envelopeIn.rcptTo)
    assert.deepEqual(
      (await at.deliveries.of(number)).map((delivery) => delivery.recipient),
      envelopeIn.rcptTo
    )
  })

  test('numbers many arrivals without a gap, and the ledger holds', async ({ assert }) => {
    const accepted = await Promise.all(
      Array.from({ length: 120 }, (_, nth) => at.archive.accept(once(`${mail}${nth}`), envelope()))
    )
    const numbers = accepted.map(({ number }) => number).sort((left, right) => left - right)
    assert.deepEqual(
      numbers,
      Array.from({ length: 120 }, (_, nth) => nth + 1)
    )
    assert.deepEqual((await at.ledger.verify()).problems, [])
    for await (const problem of at.archive.verifyOriginals()) assert.fail(problem)
  })

  test('takes a mail to 1,000 recipients', async ({ assert }) => {
    const rcptTo = Array.from({ length: 1000 }, (_, nth) => `c${nth}@example.net`)
    const { number } = await at.archive.accept(once(mail), envelope({ rcptTo }))
    assert.lengthOf(await at.deliveries.of(number), 1000)
  })

  test('two mails with one Message-ID are two mails', async ({ assert }) => {
    await at.archive.accept(once(mail), envelope())
    await at.archive.accept(once(mail), envelope())
    const { messages } = await at.archive.find({ limit: 10 }, 'everything')
    assert.deepEqual(
      messages.map(({ number }) => number),
      [2, 1]
    )
  })

  test('a source that fails leaves nothing', async ({ assert }) => {
    async function* broken() {
      yield Buffer.from('From: me')
      throw new Error('client gone')
    }
    await assert.rejects(() => at.archive.accept(broken(), envelope()), 'client gone')
    assert.deepEqual((await at.archive.find({ limit: 1 }, 'everything')).messages, [])
    assert.equal((await at.archive.accept(once(mail), envelope())).number, 1)
  })

  test('a mail over the limit is refused and leaves nothing', async ({ assert }) => {
    await assert.rejects(() => at.archive.accept(once(mail), envelope(), 20))
    assert.deepEqual(await at.db.from('originals').select('number'), [])
  })

  test('one bad item in a batch does not fail its neighbours', async ({ assert }) => {
    const bad = envelope({ clientAddress: null as unknown as string })
    const results = await Promise.allSettled([
      at.archive.accept(once(mail), envelope()),
      at.archive.accept(once(mail), bad),
      at.archive.accept(once(mail), envelope()),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled']
    )
    for await (const problem of at.archive.verifyOriginals()) assert.fail(problem)
  })

  for (const statement of [
    `UPDATE originals SET size = 1`,
    `DELETE FROM originals`,
    `INSERT INTO originals (number, blob, sha256, size, received_at) VALUES (1, 'x', 'x', 1, 1)`,
  ]) {
    test('originals refuse: {statement}', async ({ assert }) => {
      await at.archive.accept(once(mail), envelope())
      await assert.rejects(() => at.db.rawQuery(statement))
    }).with([{ statement }])
  }

  test('verifyOriginals names what is missing or differs', async ({ assert }) => {
    for (let nth = 0; nth < 3; nth++) await at.archive.accept(once(`${mail}${nth}`), envelope())
    const postgres = at.db.connection().dialect.name === 'postgres'
    const drop = postgres
      ? 'DROP TRIGGER originals_refuses_change ON originals'
      : 'DROP TRIGGER originals_refuses_delete'
    await at.db.rawQuery(drop)
    if (!postgres) await at.db.rawQuery('DROP TRIGGER originals_refuses_update')
    await at.db.from('originals').where('number', 2).delete()
    await at.db
      .from('originals')
      .where('number', 3)
      .update({ sha256: 'f'.repeat(64) })
    const problems: string[] = []
    for await (const problem of at.archive.verifyOriginals()) problems.push(problem)
    assert.lengthOf(problems, 2)
    assert.match(problems[0]!, /message 2/)
    assert.match(problems[1]!, /message 3/)
  })

  test('verifyOriginals sees bytes and blob row replaced together', async ({ assert }) => {
    await at.archive.accept(once(mail), envelope())
    await at.archive.accept(once(`${mail}other`), envelope())
    const [first, second] = await at.db.from('originals').orderBy('number')
    const { sha256 } = await at.blobs.stat(second.blob)
    await at.db.from('blobs').where('id', first.blob).update({ sha256 })
    const problems: string[] = []
    for await (const problem of at.archive.verifyOriginals()) problems.push(problem)
    assert.lengthOf(problems, 1)
    assert.match(problems[0]!, /message 1: the bytes/)
  })
})

test.group('Archive: find', (group) => {
  let at: House
  group.each.setup(async () => {
    at = await house()
    return () => at.close()
  })

  const always = { from: new Date(0), until: null }
  const mine = { mailboxes: [{ address: 'me@firm.example', ...always }] }

  test('shows a viewer what he sent and what was delivered to him, and nobody else anything', async ({
    assert,
  }) => {
    await at.archive.accept(once(mail), envelope())
    await at.archive.accept(once(mail), envelope({ mailFrom: 'other@firm.example' }))
    await at.archive.accept(
      once(mail),
      envelope({ mailFrom: 'other@firm.example', rcptTo: ['Me@firm.example'] })
    )
    const claim = (await at.archive.claim(3))!
    const [delivery] = await at.deliveries.of(3)
    const before = await at.archive.find({ direction: 'received', limit: 10 }, mine)
    assert.lengthOf(before.messages, 0, 'what was not delivered has not been received')
    await claim.delivery(delivery!, { status: 'delivered', reply: '250 Ok' })
    await claim.close()
    const seen = async (query: object, viewer: Parameters<typeof at.archive.find>[1]) =>
      (await at.archive.find({ limit: 10, ...query }, viewer)).messages.map(({ number }) => number)
    assert.deepEqual(await seen({}, mine), [3, 1])
    assert.deepEqual(await seen({ direction: 'sent' }, mine), [1])
    assert.deepEqual(await seen({ direction: 'received' }, mine), [3])
    assert.deepEqual(await seen({}, { mailboxes: [] }), [])
    await assert.rejects(() => at.archive.message(2, mine))
    const later = { address: 'me@firm.example', from: new Date(Date.now() + 60_000), until: null }
    assert.deepEqual(await seen({}, { mailboxes: [later] }), [])
  })

  test('pages by key and searches words literally', async ({ assert }) => {
    for (const subject of ['100% sicher', '100 Euro', 'Grüße']) {
      await at.archive.accept(once(mail.replace(/Subject: .*/, `Subject: ${subject}`)), envelope())
    }
    const first = await at.archive.find({ limit: 2 }, mine)
    assert.deepEqual(
      first.messages.map(({ number }) => number),
      [3, 2]
    )
    const second = await at.archive.find({ limit: 2, before: first.next! }, mine)
    assert.deepEqual(
      second.messages.map(({ number }) => number),
      [1]
    )
    assert.isNull(second.next)
    const found = await at.archive.find({ limit: 5, words: '100%' }, mine)
    assert.deepEqual(
      found.messages.map(({ number }) => number),
      [1]
    )
  })
})

test.group('Archive: claims and decisions', (group) => {
  let at: House
  group.each.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('a clock that is set back a day holds up nothing, and one that is set forward takes nothing away', async ({
    assert,
  }) => {
    const day = 24 * 3600_000
    const { number } = await at.archive.accept(once(mail), envelope())
    const dead = (await at.archive.claim(number))!
    at.clock.now = new Date(at.clock.now.getTime() - day)
    assert.deepEqual(await at.archive.due(10), [number])
    const claim = (await at.archive.claim(number))!
    await assert.rejects(() => dead.finish('done'), /took over/)
    assert.deepEqual(await at.archive.due(10), [])
    await claim.wait('relay_retry', '', new Date(at.clock.now.getTime() + 4 * 3600_000))
    assert.deepEqual(await at.archive.due(10), [])
    at.clock.now = new Date(at.clock.now.getTime() + day)
    const late = (await at.archive.claim(number))!
    at.clock.now = new Date(at.clock.now.getTime() + day)
    await late.finish('done')
    await Promise.all([dead.close(), claim.close(), late.close()])
    assert.equal((await at.archive.message(number, 'everything')).state, 'done')
  })

  test('claims of dead workers are released; one that lives after all writes nothing', async ({
    assert,
  }) => {
    const { number } = await at.archive.accept(once('Subject: x\r\n\r\n'), envelope())
    const lost = (await at.archive.claim(number))!
    assert.deepEqual(await at.archive.due(10), [])
    await at.archive.releaseClaims()
    assert.deepEqual(await at.archive.due(10), [number])
    const claim = (await at.archive.claim(number))!
    const error = await lost.finish('done').catch((reason: unknown) => reason)
    assert.propertyVal(error, 'code', 'E_CLAIM_LOST')
    await Promise.all([lost.close(), claim.close()])
  })

  test('one worker at a time; a worker that lost its claim writes nothing', async ({ assert }) => {
    const { number } = await at.archive.accept(once(mail), envelope())
    const first = (await at.archive.claim(number))!
    assert.isUndefined(await at.archive.claim(number))
    assert.deepEqual(await at.archive.due(10), [])
    at.clock.now = new Date(at.clock.now.getTime() + 10 * 60_000)
    const second = (await at.archive.claim(number))!
    await assert.rejects(() => first.finish('done'), /took over/)
    await second.hold('ambiguous', 'odd')
    assert.equal((await at.archive.message(number, 'everything')).state, 'held')
    await first.close()
    await second.close()
  })

  test('a decision is made once, by the rules, with a ledger entry', async ({ assert }) => {
    const { number } = await at.archive.accept(once(mail), envelope())
    const claim = (await at.archive.claim(number))!
    await claim.hold('ambiguous', 'odd')
    await claim.close()
    const decide = (verb: 'send_unchanged' | 'delete', why?: string) =>
      at.archive.decide(number, { verb, actor: 7, why })
    await assert.rejects(() => decide('delete'), /cannot be decided/)
    await assert.rejects(() => decide('send_unchanged'), /needs a reason/)
    const both = await Promise.allSettled([
      decide('send_unchanged', 'known sender'),
      decide('send_unchanged', 'known sender'),
    ])
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const message = await at.archive.message(number, 'everything')
    assert.equal(message.state, 'accepted')
    assert.equal(message.override, 'unchanged')
    const released = await at.ledger.entries({ number, type: 'released', limit: 5 })
    assert.lengthOf(released, 1)
    assert.equal(released[0]!.detail?.why, 'known sender')
  })
})
