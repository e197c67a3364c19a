import { test } from '@japa/runner'
import {
  decodeBody,
  encodeBase64,
  encodeQuotedPrintable,
  lendBody,
} from '../../../mail-gateway/mime/codecs.ts'
import { cutRandomly, Random } from '../../mime_generator.ts'
import { collect, stream } from './support.ts'

async function decode(encoded: string, encoding: string, size = Infinity) {
  const bytes = Buffer.from(encoded, 'latin1')
  const reasons: string[] = []
  const pieces = size === Infinity ? [bytes] : [...bytes].map((_, at) => bytes.subarray(at, at + 1))
  const decoded = await collect(
    decodeBody(stream(pieces), encoding, (reason) => reasons.push(reason))
  )
  return { text: decoded.toString('latin1'), reasons: reasons.toSorted() }
}

test.group('base64', () => {
  test('case {$i}, in one piece and in single bytes')
    .with([
      ['aGFsbG8=', 'hallo', []],
      ['aGFs\r\n bG8=\r\n', 'hallo', []],
      ['', '', []],
      ['aGFsbG8', 'hallo', ['base64_incomplete']],
      ['YQ=', 'a', ['base64_incomplete']],
      ['YWJ', 'ab', ['base64_incomplete']],
      ['YWJjZ', 'abc', ['base64_incomplete']],
      ['YQ==YWI=', 'aab', ['base64_after_padding']],
      ['YQ=YWI=', 'aab', ['base64_after_padding', 'base64_incomplete']],
      ['a!GF\xfcsbG8=', 'hallo', ['base64_characters']],
      ['=aGFsbG8=', 'hallo', ['base64_characters']],
      ['YQ====', 'a', ['base64_characters']],
      ['YWJj====', 'abc', ['base64_characters']],
      ['\0\0', '', ['base64_characters']],
    ] as const)
    .run(async ({ assert }, [encoded, text, reasons]) => {
      assert.deepEqual(await decode(encoded, 'base64'), { text, reasons: [...reasons] })
      assert.deepEqual(await decode(encoded, 'base64', 1), { text, reasons: [...reasons] })
    })

  test('random bytes survive, encoded and decoded in random pieces', async ({ assert }) => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed)
      const bytes = random.bytes(random.below(3000))
      const encoded = await collect(encodeBase64(stream(cutRandomly(bytes, random))))
      const expected = bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n')
      assert.equal(encoded.toString('latin1'), expected)
      const decoded = decodeBody(stream(cutRandomly(encoded, random)), 'base64', assert.fail)
      assert.isTrue(bytes.equals(await collect(decoded)), `seed ${seed}`)
    }
  })
})

test.group('quoted-printable', () => {
  test('case {$i}, in one piece and in single bytes')
    .with([
      ['a=20b=3d=C3=B6', 'a b=\xc3\xb6', []],
      ['a=\r\nb=\nc', 'abc', []],
      ['a= \t\r\nb', 'ab', []],
      ['end=', 'end', []],
      ['end= ', 'end', []],
      ['end=\r', 'end', []],
      ['a  \t\r\nb \nc  ', 'a\r\nb\nc', []],
      ['a  b\rc', 'a  b\rc', []],
      ['a  \r c\r\n', 'a  \r c\r\n', []],
      ['=ZZ=4', '=ZZ=4', ['quoted_printable_escape']],
      ['=4', '=4', ['quoted_printable_escape']],
      ['==41', '=A', ['quoted_printable_escape']],
      ['=4\r\nx', '=4\r\nx', ['quoted_printable_escape']],
      ['=\rx', '=\rx', ['quoted_printable_escape']],
      ['= x', '= x', ['quoted_printable_escape']],
      ['roh\xfc', 'roh\xfc', []],
    ] as const)
    .run(async ({ assert }, [encoded, text, reasons]) => {
      assert.deepEqual(await decode(encoded, 'quoted-printable'), { text, reasons: [...reasons] })
      assert.deepEqual(await decode(encoded, 'quoted-printable', 1), {
        text,
        reasons: [...reasons],
      })
    })

  test('a run of 100,000 spaces is the same however it is cut', async ({ assert }) => {
    const text = `a${' '.repeat(100_000)}\r\nb${' '.repeat(500)}\r\n`
    const expected = `a${' '.repeat(100_000)}\r\nb\r\n`
    const whole = await decode(text, 'quoted-printable')
    const inBytes = await decode(text, 'quoted-printable', 1)
    assert.equal(whole.text, expected)
    assert.equal(inBytes.text, expected)
  })

  test('random text survives; lines stay within 76 characters', async ({ assert }) => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed)
      const tokens = ['\r\n', ' ', '\t', '=', 'wort', 'ä', '.', '\r', '\0', ' \r\n', 'x'.repeat(80)]
      const text = Array.from({ length: random.below(200) }, () => random.pick(tokens)).join('')
      const source = Buffer.from(text.replace(/\r+(?=\r\n)/g, ''))
      const encoded = await collect(encodeQuotedPrintable(stream(cutRandomly(source, random))))
      for (const line of encoded.toString('latin1').split('\r\n')) {
        assert.isAtMost(line.length, 76)
        assert.match(line, /^[\t\x20-\x7e]*$/)
        assert.notMatch(line, /[ \t]$/)
      }
      const decoded = decodeBody(
        stream(cutRandomly(encoded, random)),
        'quoted-printable',
        assert.fail
      )
      assert.isTrue(source.equals(await collect(decoded)), `seed ${seed}`)
    }
  })

  test('a bare LF becomes a line end', async ({ assert }) => {
    const encoded = await collect(encodeQuotedPrintable(stream([Buffer.from('a\nb \n')])))
    assert.equal(encoded.toString(), 'a\r\nb=20\r\n')
  })
})

test('{$self}: pieces that are lent make the same content')
  .with(['base64', 'quoted-printable', '8bit'])
  .run(async ({ assert }, encoding) => {
    const tokens = ['aGFsbG8=', 'YWJj', '\r\n', ' ', '=', '=3D', '=C3', '\xfc', 'x'.repeat(80)]
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed)
      const text = Array.from({ length: random.below(300) }, () => random.pick(tokens)).join('')
      const encoded = Buffer.from(text, 'latin1')
      const pieces = cutRandomly(encoded, random)
      const expected = await collect(decodeBody(stream(pieces), encoding))
      const copies: Buffer[] = []
      for await (const piece of lendBody(lent(pieces), encoding)) copies.push(Buffer.from(piece))
      assert.isTrue(Buffer.concat(copies).equals(expected), `seed ${seed}`)
    }
  })

/** What was lent is something else as soon as the next piece is asked for. */
async function* lent(pieces: Iterable<Buffer>) {
  for (const piece of pieces) {
    const copy = Buffer.from(piece)
    yield copy
    copy.fill('A')
  }
}

test('other transfer encodings leave the bytes as they are', async ({ assert }) => {
  for (const encoding of ['7bit', '8bit', 'binary', 'x-uuencode']) {
    assert.deepEqual(await decode('=20 YQ==', encoding), { text: '=20 YQ==', reasons: [] })
  }
})
