import { test } from '@japa/runner'
import { recipeOf } from '../../../mail-gateway/rewrite/edits.ts'
import { deliver, trace } from './delivered.ts'

const received = async (given: Partial<typeof trace>, message = 'Subject: x\r\n\r\nx\r\n') => {
  const { bytes } = await deliver(Buffer.from(message), { trace: { ...trace, ...given } })
  return bytes.toString()
}

test.group('Trace fields', () => {
  test('no recipient is named when there were several', async ({ assert }) => {
    const text = await received({ recipient: null })
    const field = /^Received: .*\r\n(\t.*\r\n)+/.exec(text)![0]
    assert.notInclude(field, 'client@example.net')
    assert.match(field, /id 4711;\r\n\tMon, 23 Nov 2026 21:00:00 \+0000\r\n$/)
  })

  test('what a client says of itself cannot break the header', async ({ assert }) => {
    const text = await received({
      helo: 'x\r\nBcc: y',
      protocol: 'ESMTP\r\nX: y',
      recipient: 'a@b>\r\nX: y',
      address: '2001:db8::1',
    })
    assert.match(text, /^Received: from unknown \(\[IPv6:2001:db8::1\]\)\r\n\tby /)
    assert.notMatch(text, /^(Bcc|X):/m)
  })

  test('a message without any header gets one, and stays a body', async ({ assert }) => {
    assert.match(await received({}, '\r\nHello\r\n'), /Message-ID: <4711@[^>]+>\r\n\r\nHello\r\n$/)
    assert.match(await received({}, ''), /Message-ID: <4711@[^>]+>\r\n\r\n$/)
  })

  test('a signature in the name of an endless domain costs no time', async ({ assert }) => {
    const signatures = `DKIM-Signature: v=1; d=${'a.'.repeat(60_000)}firm.example\r\n`
    const pdf = 'Content-Type: application/pdf\r\n\r\nx\r\n'
    const start = performance.now()
    const { bytes } = await deliver(Buffer.from(`${signatures}${pdf}`))
    assert.isBelow(performance.now() - start, 2_000)
    assert.notInclude(bytes.toString(), 'DKIM-Signature')
  })

  test('overlapping edits are refused', ({ assert }) => {
    const insert = Buffer.alloc(0)
    const edits = [
      { start: 0, end: 5, insert },
      { start: 4, end: 6, insert },
    ]
    assert.throws(() => recipeOf(10, edits), /overlap/)
    assert.throws(() => recipeOf(3, edits.slice(0, 1)), /leave the message/)
  })
})
