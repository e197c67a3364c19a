import { test } from '@japa/runner'
import { leavesOf } from '../../../mail-gateway/opinions/ambiguities.ts'
import { compare } from '../../../mail-gateway/opinions/compare.ts'
import { fingerprint } from '../../../mail-gateway/opinions/fingerprint.ts'
import { SecondOpinions } from '../../../mail-gateway/opinions/second_opinions.ts'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import type { OpinionLimits } from '../../../mail-gateway/limits.ts'
import { generateMime } from '../../mime_generator.ts'
import { cutInto } from '../rewrite/delivered.ts'

async function subject(message: Buffer) {
  const open = () => cutInto(message, 5000)(0, message.length)
  const tree = await scanMime(open())
  return { open, size: message.length, leaves: leavesOf(tree) }
}

const mail = Buffer.from(
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHallo\r\n--b\r\n' +
    'Content-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\n1;2\r\n3;4\r\n--b--\r\n'
)

test.group('Second opinions', (group) => {
  let opinions: SecondOpinions
  const begin = (limits: Partial<OpinionLimits> = {}) => (opinions = new SecondOpinions(limits))
  group.each.teardown(() => opinions.close())

  test('agree on random mails, odd ones too', async ({ assert }) => {
    begin()
    const wrong: string[] = []
    for (let seed = 1; seed <= 300; seed++) {
      const found = await opinions.ask(await subject(generateMime(seed)))
      wrong.push(...found.map(({ path, reason }) => `seed ${seed}: ${reason} ${path}`))
    }
    assert.deepEqual(wrong, [])
  })

  test('name each part that only we see, and each that only they see', async ({ assert }) => {
    begin()
    const { leaves, ...rest } = await subject(mail)
    const [text, file] = leaves
    assert.deepEqual(await opinions.ask({ ...rest, leaves: [text!] }), [
      { path: '', reason: 'mailparser_finds_part' },
      { path: '', reason: 'postal_mime_finds_part' },
    ])
    const further = { ...text!, path: '3', bodyEnd: text!.bodyEnd - 1 }
    assert.deepEqual(await opinions.ask({ ...rest, leaves: [text!, file!, further] }), [
      { path: '3', reason: 'mailparser_misses_part' },
      { path: '3', reason: 'postal_mime_misses_part' },
    ])
    assert.deepEqual(await opinions.ask({ ...rest, leaves: [text!, { ...file!, body: true }] }), [
      { path: '2', reason: 'mailparser_shows_file' },
      { path: '2', reason: 'postal_mime_shows_file' },
    ])
  })

  test('a mail over the limit is not read', async ({ assert }) => {
    begin({ size: mail.length - 1 })
    assert.deepEqual(await opinions.ask(await subject(mail)), [
      { path: '', reason: 'too_large_to_compare' },
    ])
  })

  test('a reader that takes too long is ended, each time', async ({ assert }) => {
    begin({ time: 1 })
    assert.deepEqual(await opinions.ask(await subject(mail)), [
      { path: '', reason: 'opinions_timed_out' },
    ])
    assert.deepEqual(await opinions.ask(await subject(mail)), [
      { path: '', reason: 'opinions_timed_out' },
    ])
  })

  test('a reader that needs too much memory is ended, the process is not', async ({ assert }) => {
    begin({ memory: 40 })
    const field = (n: number) => `X-${n}: ${n}\r\n`
    const fields = Array.from({ length: 200_000 }, (_, n) => field(n)).join('')
    const large = Buffer.concat([Buffer.from(fields), mail])
    const [found] = await opinions.ask({ ...(await subject(large)), leaves: [] })
    assert.equal(found?.reason, 'opinions_crashed')
  })

  test('base64 that is none costs the readers their process, and us nothing', async ({
    assert,
  }) => {
    begin()
    const head = 'Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    const odd = Buffer.from(head + 'src="'.repeat(1_600_000))
    const [found] = await opinions.ask(await subject(odd))
    assert.include(['opinions_crashed', 'opinions_timed_out'], found!.reason)
    assert.deepEqual(await opinions.ask(await subject(mail)), [])
  }).timeout(90_000)

  test('line ends and white space make no other part', ({ assert }) => {
    begin()
    assert.equal(fingerprint(Buffer.from('a\r\nb \n')), fingerprint(Buffer.from('a\nb')))
    assert.notEqual(fingerprint(Buffer.from('a')), fingerprint(Buffer.from('b')))
    assert.equal(fingerprint(Buffer.from(' \r\n')), '')
  })

  test('a part that is there twice has to be seen twice', ({ assert }) => {
    begin()
    const leaf = { path: '1', encoding: '7bit', bodyStart: 0, bodyEnd: 0, body: false }
    const ours = [
      { leaf, print: 'x' },
      { leaf: { ...leaf, path: '2' }, print: 'x' },
    ]
    assert.deepEqual(compare(ours, [{ print: 'x', file: true }], 'mailparser'), [
      { path: '2', reason: 'mailparser_misses_part' },
    ])
  })
})
