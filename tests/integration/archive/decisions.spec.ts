import { test } from '@japa/runner'
import { type HoldReason, type Verb } from '#archive'
import { envelope, house, once, type House } from '#tests/house'

const mail = 'Subject: Unterlagen\r\n\r\nGuten Tag\r\n'
const verbs: Verb[] = ['send', 'retry', 'send_unchanged', 'release', 'return', 'delete']

/** What a person may do with what is held, and where the mail is afterwards. */
const table: [HoldReason, Partial<Record<Verb, [state: string, override: string]>>][] = [
  ['no_relay', { send: ['accepted', 'none'], return: ['returned', 'none'] }],
  ['ambiguous', { send_unchanged: ['accepted', 'unchanged'], return: ['returned', 'none'] }],
  [
    'rewrite_failed',
    {
      retry: ['accepted', 'none'],
      send_unchanged: ['accepted', 'unchanged'],
      return: ['returned', 'none'],
    },
  ],
  ['unchecked', { release: ['accepted', 'unchecked'], return: ['returned', 'none'] }],
  [
    'infected',
    { retry: ['accepted', 'none'], return: ['returned', 'none'], delete: ['deleted', 'none'] },
  ],
]

test.group('Decisions', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  async function held(reason: HoldReason): Promise<number> {
    const { number } = await at.archive.accept(once(mail), envelope())
    const claim = (await at.archive.claim(number))!
    await claim.hold(reason, 'odd')
    await claim.close()
    return number
  }
  const message = (number: number) => at.archive.message(number, 'everything')

  test('{0}: every verb of the table, and no other')
    .with(table)
    .run(async ({ assert }, [reason, allowed]) => {
      for (const verb of verbs) {
        const number = await held(reason)
        const decide = () => at.archive.decide(number, { verb, actor: 7, why: 'Grund' })
        const expected = allowed[verb]
        if (!expected) {
          await assert.rejects(decide, /cannot be decided/)
          assert.equal((await message(number)).state, 'held')
          continue
        }
        assert.equal(await decide(), 'decided')
        const { state, override, verdict } = await message(number)
        assert.deepEqual([state, override, verdict], [...expected, null], verb)
        const entries = await at.ledger.entries({ number, limit: 20 })
        assert.deepInclude(entries.at(-1)!.detail, { verb, held: reason, actor: 7, why: 'Grund' })
        await assert.rejects(decide, /not held/)
      }
    })

  test('with four eyes, two who answer at once count once', async ({ assert }) => {
    await at.archive.fourEyes.set(true, 7)
    const number = await held('ambiguous')
    const ask = (actor: number) =>
      at.archive.decide(number, { verb: 'send_unchanged', actor, why: 'Gericht' })
    const asked = await Promise.allSettled([ask(7), ask(8)])
    assert.deepEqual(asked.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const { actor } = (await at.archive.fourEyes.open([number])).get(number)!
    await assert.rejects(() => at.archive.answer(number, { confirms: true, actor }), /his own/)
    assert.equal((await message(number)).state, 'held')
    const answers = await Promise.allSettled(
      [11, 12].map((second) => at.archive.answer(number, { confirms: true, actor: second }))
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    assert.deepInclude(await message(number), { state: 'accepted', override: 'unchanged' })
    const released = await at.ledger.entries({ number, type: 'released', limit: 5 })
    assert.lengthOf(released, 1)
    assert.equal(released[0]!.detail?.requested, actor)
  })

  test('a request is gone once the mail is worked on again', async ({ assert }) => {
    await at.archive.fourEyes.set(true, 7)
    const number = await held('rewrite_failed')
    await at.archive.decide(number, { verb: 'send_unchanged', actor: 7, why: 'Gericht' })
    await at.archive.decide(number, { verb: 'retry', actor: 8 })
    const claim = (await at.archive.claim(number))!
    await claim.hold('rewrite_failed', 'again')
    await claim.close()
    await assert.rejects(
      () => at.archive.answer(number, { confirms: true, actor: 8 }),
      /Nothing is asked/
    )
    assert.equal((await message(number)).state, 'held')
  })

  test('switching four eyes twice to the same is one entry', async ({ assert }) => {
    await at.archive.fourEyes.set(true, 7)
    const before = await at.ledger.entries({ type: 'configured', limit: 100 })
    await at.archive.fourEyes.set(true, 7)
    await at.archive.fourEyes.set(false, 8)
    const after = await at.ledger.entries({ type: 'configured', limit: 100 })
    assert.lengthOf(after, before.length + 1)
    assert.deepInclude(after.at(-1)!.detail, { setting: 'four_eyes', value: false, actor: 8 })
  })
})
