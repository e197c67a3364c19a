import { test } from '@japa/runner'
import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import type { Gateway } from '#gateway'
import { envelope, house, once, type House } from '../house.ts'
import { EICAR, startClamd, type ClamdServer } from '../servers/clamd.ts'
import { tnef } from '../unit/contents/tnef_writer.ts'
import { settled, workshop } from './workshop.ts'
import { startPostfix, type PostfixServer } from '../servers/postfix.ts'

const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(50_000)])

function mail(attachment: Buffer, name = 'Bericht März.pdf'): string {
  const encoded = attachment.toString('base64').replace(/.{76}/g, '$&\r\n')
  return [
    'From: Me <me@firm.example>',
    'To: client@example.net',
    'Subject: Unterlagen',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Guten Tag',
    '--b',
    'Content-Type: application/pdf',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
    '',
    encoded,
    '--b--',
    '',
  ].join('\r\n')
}

test.group('Pipeline', (group) => {
  let postfix: PostfixServer
  let clamd: ClamdServer
  let at: House
  let gateway: Gateway | undefined

  group.setup(async () => {
    ;[postfix, clamd] = await Promise.all([startPostfix(), startClamd()])
    return async () => {
      await Promise.all([postfix.stop(), clamd.stop()])
    }
  })
  group.each.setup(async () => {
    at = await house({ realTime: true })
    return async () => {
      await gateway?.stop()
      await at.close()
    }
  })

  test('attachments become a link per recipient, files in the vault, and a provable form', async ({
    assert,
  }) => {
    const recipients = ['one@example.net', 'two@example.org']
    const { number } = await at.archive.accept(once(mail(pdf)), envelope({ rcptTo: recipients }))
    const shop = await workshop(at, { relayUrl: postfix.url, clamdUrl: clamd.url })
    gateway = shop.gateway
    const message = await settled(at, number, 'done')

    const [file] = await at.vaults.deposits.of(number)
    assert.equal(file!.name, 'Bericht März.pdf')
    assert.equal(file!.verdict, 'clean')
    assert.equal(file!.sha256, createHash('sha256').update(pdf).digest('hex'))
    assert.deepEqual(await buffer(at.vaults.read(file!)), pdf)

    const urls = new Set<string>()
    for (const delivery of await at.deliveries.of(number)) {
      assert.equal(delivery.state, 'delivered')
      const form = await buffer(at.archive.form(message, delivery))
      assert.equal(createHash('sha256').update(form).digest('hex'), delivery.form!.sha256)
      const copy = (await postfix.waitForDelivered(1, { recipient: delivery.recipient })).at(-1)!
      assert.include(copy.raw.toString(), form.toString())
      assert.notInclude(form.toString(), 'application/pdf')
      urls.add(/<(https:\/\/webtresor\.firm\.example\/d\/[\w-]+)>/.exec(form.toString())![1]!)
    }
    assert.equal(urls.size, 2)
    const [link] = await shop.links.statusOf(number)
    assert.isNull(link!.revokedAt)
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })

  test('of winmail.dat the files come singly, and the virus inside is found', async ({
    assert,
  }) => {
    const files = [
      { name: 'BERICH~1.PDF', longName: 'Bericht März.pdf', content: pdf },
      { name: 'liste.csv', content: Buffer.from('a;b') },
    ]
    const whole = tnef({ messageClass: 'IPM.Microsoft Mail.Note', files })
    const { number } = await at.archive.accept(once(mail(whole, 'winmail.dat')), envelope())
    const sick = [...files, { name: 'eicar.com', content: Buffer.from(EICAR) }]
    const bad = await at.archive.accept(
      once(mail(tnef({ messageClass: 'IPM.Microsoft Mail.Note', files: sick }), 'winmail.dat')),
      envelope()
    )
    const worker = await workshop(at, { relayUrl: postfix.url, clamdUrl: clamd.url })
    gateway = worker.gateway
    await worker.doorbell.ring('process', String(number))
    await settled(at, number, 'done')
    const found = await at.vaults.deposits.of(number)
    assert.deepEqual(
      found.map(({ part, name, size, verdict }) => [part, name, size, verdict]),
      [
        ['2', 'winmail.dat', whole.length, 'clean'],
        ['2/1', 'Bericht März.pdf', pdf.length, 'clean'],
        ['2/2', 'liste.csv', 3, 'clean'],
      ]
    )
    assert.deepEqual(await buffer(at.vaults.read(found[1]!)), pdf)
    const linked = await at.db.from('link_files').orderBy('position').select('name')
    assert.deepEqual(
      linked.map(({ name }) => name),
      ['winmail.dat', 'Bericht März.pdf', 'liste.csv']
    )

    await worker.doorbell.ring('process', String(bad.number))
    const held = await settled(at, bad.number, 'held')
    assert.equal(held.reason, 'infected')
    const inside = (await at.vaults.deposits.of(bad.number)).find(({ part }) => part === '2/3')
    assert.equal(inside!.verdict, 'infected')
  })

  test('a virus never leaves: the mail is held and its sender is told', async ({ assert }) => {
    const { number } = await at.archive.accept(
      once(mail(EICAR, 'test.com')),
      envelope({ rcptTo: ['victim@example.net'] })
    )
    gateway = (await workshop(at, { relayUrl: postfix.url, clamdUrl: clamd.url })).gateway
    const message = await settled(at, number, 'held')
    assert.equal(message.reason, 'infected')
    const [file] = await at.vaults.deposits.of(number)
    assert.equal(file!.verdict, 'infected')
    assert.throws(() => at.vaults.read(file!))
    const [told] = await postfix.waitForDelivered(1, { recipient: 'me@firm.example' })
    assert.match(told!.raw.toString(), /Auto-Submitted: auto-generated/)
    const copies = await postfix.delivered()
    assert.isFalse(copies.some(({ recipient }) => recipient === 'victim@example.net'))
  })

  test('a scanner that is down makes mail wait', async ({ assert }) => {
    const { number } = await at.archive.accept(once(mail(pdf)), envelope())
    gateway = (await workshop(at, { relayUrl: postfix.url, clamdUrl: 'tcp://127.0.0.1:1' })).gateway
    const message = await settled(at, number, 'waiting')
    assert.equal(message.reason, 'scanner_down')
  })

  test('without a relay the mail is prepared and held; sent once there is one', async ({
    assert,
  }) => {
    const { number } = await at.archive.accept(
      once(mail(pdf)),
      envelope({ rcptTo: ['late@example.net'] })
    )
    gateway = (await workshop(at, {})).gateway
    const message = await settled(at, number, 'held')
    assert.equal(message.reason, 'no_relay')
    await gateway.stop()
    gateway = (await workshop(at, { relayUrl: postfix.url })).gateway
    await gateway.decide(number, { verb: 'send', actor: 1 })
    await settled(at, number, 'done')
    assert.lengthOf(await postfix.waitForDelivered(1, { recipient: 'late@example.net' }), 1)
  })

  test('a refused recipient bounces to the sender, the others get their copy', async ({
    assert,
  }) => {
    postfix.reject('nobody@example.net')
    const rcptTo = ['nobody@example.net', 'somebody@example.net']
    const { number } = await at.archive.accept(
      once(mail(pdf)),
      envelope({ rcptTo, mailFrom: 'boss@firm.example' })
    )
    gateway = (await workshop(at, { relayUrl: postfix.url })).gateway
    await settled(at, number, 'done')
    const states = (await at.deliveries.of(number)).map(({ state }) => state)
    assert.deepEqual(states, ['failed', 'delivered'])
    const [bounce] = await postfix.waitForDelivered(1, { recipient: 'boss@firm.example' })
    assert.match(bounce!.raw.toString(), /nobody@example\.net/)
  })

  test('a 4xx is tried again later, and nobody gets a bounce', async ({ assert }) => {
    postfix.defer('busy@example.net')
    const { number } = await at.archive.accept(
      once(mail(pdf)),
      envelope({ rcptTo: ['busy@example.net'] })
    )
    gateway = (await workshop(at, { relayUrl: postfix.url })).gateway
    const message = await settled(at, number, 'waiting')
    assert.equal(message.reason, 'relay_retry')
    assert.isAbove(message.nextAt!.getTime(), Date.now())
    assert.equal((await at.post.counts()).queued, 0)
  })

  test('an ambiguous structure is held with its reason; sent unchanged only with one', async ({
    assert,
  }) => {
    // postal-mime takes this for base64, the others for no encoding at all.
    const odd = mail(pdf).replace('Encoding: base64', 'Encoding: base64 binary')
    const { number } = await at.archive.accept(
      once(odd),
      envelope({ mailFrom: 'odd@firm.example', rcptTo: ['odd@example.net'] })
    )
    gateway = (await workshop(at, { relayUrl: postfix.url })).gateway
    const message = await settled(at, number, 'held')
    assert.equal(message.reason, 'ambiguous')
    const [letter] = await postfix.waitForDelivered(1, { recipient: 'odd@firm.example' })
    const { text } = await PostalMime.parse(letter!.raw)
    assert.include(text!, `- in words: ${message.explanation}`)
    await gateway.decide(number, { verb: 'send_unchanged', actor: 1, why: 'bekannter Absender' })
    await settled(at, number, 'done')
    const [copy] = await postfix.waitForDelivered(1, { recipient: 'odd@example.net' })
    assert.include(copy!.raw.toString(), 'application/pdf')
  })

  test('mails of strangers and of nobody pass unchanged but for trace fields', async ({
    assert,
  }) => {
    const shop = await workshop(at, { relayUrl: postfix.url })
    gateway = shop.gateway
    for (const [nth, mailFrom] of ['', 'stranger@example.org'].entries()) {
      const recipient = `pass${nth}@example.net`
      const { number } = await at.archive.accept(
        once(mail(pdf)),
        envelope({ mailFrom, rcptTo: [recipient] })
      )
      await shop.doorbell.ring('process', String(number))
      await settled(at, number, 'done')
      const [copy] = await postfix.waitForDelivered(1, { recipient })
      assert.include(copy!.raw.toString(), pdf.toString('base64').slice(0, 76))
    }
  })
})
