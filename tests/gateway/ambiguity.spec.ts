import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { test } from '@japa/runner'
import { Links } from '#links'
import { Scanning } from '#scanning'
import { randomBytes } from 'node:crypto'
import { SecondOpinions, type Subject } from '../../mail-gateway/opinions/second_opinions.ts'
import { Pipeline } from '../../mail-gateway/pipeline.ts'
import { envelope, house, once, type House } from '../house.ts'

const mailCase = (name: string) =>
  readFileSync(new URL(`../fixtures/mail/${name}/in.eml`, import.meta.url), 'latin1')

/** Works on a mail until it is held; there is no relay, so a mail that may leave is held for that. */
async function processed(at: House, raw: string, rcptTo = ['c@example.net']) {
  const { number } = await at.archive.accept(once(raw), envelope({ rcptTo }))
  const opinions = new CountedOpinions()
  const pipeline = new Pipeline({
    ...at,
    links: new Links({
      ...at,
      linkKey: randomBytes(32),
      appUrl: 'https://webtresor.firm.example',
      expiryDays: 30,
      confirmation: 'none',
      mailLeaves: true,
      ownsMailbox: async () => false,
    }),
    scanning: new Scanning({ ...at, url: 'off' }),
    opinions,
    courier: undefined,
    policy: async () => ({
      localDomains: ['firm.example'],
      minimumSize: 0,
      keepTypes: [],
      internalKeep: true,
    }),
    hostname: 'gateway.firm.example',
    language: 'de',
  })
  await pipeline.process(String(number))
  opinions.close()
  const message = await at.archive.message(number, 'everything')
  return { message, deliveries: await at.deliveries.of(number), asked: opinions.asked }
}

class CountedOpinions extends SecondOpinions {
  asked = 0

  override ask(subject: Subject) {
    this.asked++
    return super.ask(subject)
  }
}

test.group('Ambiguity', (group) => {
  let at: House
  group.each.setup(async () => {
    at = await house({ realTime: true })
    return () => at.close()
  })

  test('{name}: held as {reason}, and no form is fixed')
    .with([
      {
        name: '221-two-words-as-transfer-encoding',
        reason: 'ambiguous',
        says: 'postal_mime_finds_part',
      },
      { name: '212-part-in-the-epilogue', reason: 'ambiguous', says: 'part_outside_boundaries' },
      { name: '229-boundary-missing', reason: 'ambiguous', says: 'mailparser_misses_part (1)' },
      { name: '42-message-partial', reason: 'unsupported', says: 'message/partial (1)' },
      { name: '43-external-body', reason: 'unsupported', says: 'message/external-body' },
    ])
    .run(async ({ assert }, { name, reason, says }) => {
      const { message, deliveries } = await processed(at, mailCase(name))
      assert.equal(message.state, 'held')
      assert.equal(message.reason, reason)
      assert.include(message.explanation!, says)
      assert.isNull(deliveries[0]!.form)
    })

  test('{$self}: all readers agree, and the form holds no file')
    .with(['44-missing-closing-boundary', '200-repeated-content-type', '218-rubbish-in-base64'])
    .run(async ({ assert }, name) => {
      const { message, deliveries } = await processed(at, mailCase(name))
      assert.equal(message.reason, 'no_relay', message.explanation ?? '')
      const form = await buffer(at.archive.form(message, deliveries[0]!))
      assert.notInclude(form.toString(), 'JVBER')
      assert.include(form.toString(), 'https://webtresor.firm.example/d/')
    })

  test('other readers are asked about a mail and one of its forms, however many it has', async ({
    assert,
  }) => {
    const rcptTo = Array.from({ length: 20 }, (_, nth) => `c${nth}@example.net`)
    const sent = await processed(at, mailCase('44-missing-closing-boundary'), rcptTo)
    assert.equal(sent.message.reason, 'no_relay', sent.message.explanation ?? '')
    assert.isTrue(sent.deliveries.every(({ form }) => form !== null))
    assert.equal(sent.asked, 2)
  })
})
