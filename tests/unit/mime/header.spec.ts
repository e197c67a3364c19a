import { test } from '@japa/runner'
import {
  decodedValue,
  decodeWords,
  fieldValue,
  parseParameters,
  splitFields,
} from '../../../mail-gateway/mime/header.ts'
import { scan } from './support.ts'

const fieldsOf = (text: string) => splitFields(Buffer.from(text, 'latin1'), 100, 1000)

test.group('Header fields', () => {
  test('offsets cover the block; folded lines belong to their field', ({ assert }) => {
    const { fields, irregular } = fieldsOf('A: 1\r\nB: 2\r\n\t3\r\n \r\n 4\r\nC:\r\n\r\n')
    assert.deepEqual(
      fields.map(({ name, start, end }) => [name, start, end]),
      [
        ['a', 100, 106],
        ['b', 106, 123],
        ['c', 123, 127],
      ]
    )
    assert.equal(fieldValue(fields[1]!), '2\t3  4')
    assert.equal(irregular.size, 0)
  })

  test('{$self} is malformed and has no name')
    .with([
      'no colon\r\n',
      'two words: x\r\n',
      ' begins folded: x\r\n',
      ': x\r\n',
      'gr\xf6\xdfe: x\r\n',
    ])
    .run(({ assert }, line) => {
      const { fields, irregular } = fieldsOf(line)
      assert.equal(fields[0]!.name, '')
      assert.deepEqual([...irregular], ['malformed_header'])
    })

  test('bare CR, bare LF and NUL are found', ({ assert }) => {
    assert.deepEqual([...fieldsOf('A: 1\r2\r\n').irregular], ['bare_cr'])
    assert.deepEqual([...fieldsOf('A: 1\n').irregular], ['bare_lf'])
    assert.deepEqual([...fieldsOf('A: 1\0\r\n').irregular], ['nul_in_header'])
  })

  test('raw 8-bit is UTF-8 where it can be, else windows-1252', ({ assert }) => {
    assert.equal(fieldValue(fieldsOf('S: Gr\xc3\xb6\xc3\x9fe\r\n').fields[0]!), 'Größe')
    assert.equal(fieldValue(fieldsOf('S: Gr\xf6\xdfe \x80\r\n').fields[0]!), 'Größe €')
  })

  test('{0} is {1}')
    .with([
      ['=?utf-8?Q?Gr=C3=B6=C3=9Fe?=', 'Größe'],
      ['=?iso-8859-1?q?Gr=F6_=DFe?= x', 'Grö ße x'],
      ['=?utf-8?B?R3LDtg==?= =?utf-8?B?w59l?=', 'Größe'],
      ['=?utf-8?B?R3LD?= =?utf-8?B?tsOfZQ==?=', 'Größe'],
      ['=?windows-1252?Q?=80?=', '€'],
      ['=?unknown-charset?Q?abc?=', 'abc'],
      ['=?broken', '=?broken'],
    ])
    .run(({ assert }, [encoded, text]) => {
      assert.equal(decodeWords(encoded!), text)
      assert.equal(decodedValue(fieldsOf(`Subject: ${encoded}\r\n`).fields[0]!), text)
    })
})

test.group('Parameters', () => {
  test('{0}')
    .with([
      ['text/plain; charset=utf-8', { charset: 'utf-8' }],
      ['text/plain; name="a;b\\"c.txt"', { name: 'a;b"c.txt' }],
      ['text/plain; name=a b.txt; x=y', { name: 'a b.txt', x: 'y' }],
      ['text/plain; name=Invoice(1).pdf', { name: 'Invoice(1).pdf' }],
      ['text/plain (c); name=a (c)', { name: 'a' }],
      ["text/plain; name*=utf-8''Gr%C3%B6%C3%9Fe", { name: 'Größe' }],
      [
        "text/plain; name*0*=utf-8'de'Gr%C3; name*1*=%B6%C3%9Fe; name*2=.txt",
        { name: 'Größe.txt' },
      ],
      ['text/plain; name*1=b; name*0=a', { name: 'ab' }],
      ["text/plain; name*=iso-8859-1''%FC.pdf; name=u.pdf", { name: 'ü.pdf' }],
      ['text/plain; NAME=x; name=y', { name: 'x' }],
    ] as const)
    .run(({ assert }, [value, params]) => {
      const parsed = parseParameters(value)
      assert.equal(parsed.value, 'text/plain')
      assert.deepEqual({ ...parsed.params }, { ...params })
    })

  test('doubled names and broken quotes are told', ({ assert }) => {
    assert.deepEqual(parseParameters('a/b; x=1; X=2').irregular, ['repeated_parameter'])
    assert.deepEqual(parseParameters('a/b; x="1"2').irregular, ['malformed_parameter'])
    assert.deepEqual(parseParameters('a/b; x="1').irregular, ['malformed_parameter'])
    assert.deepEqual(parseParameters('a/b; x="1" (c); y="x=1; x=2"').irregular, [])
    assert.deepEqual(parseParameters("a/b; name=x; name*=utf-8''y").irregular, [])
  })

  test('a name from RFC 2231 is not decoded a second time', async ({ assert }) => {
    const name = async (field: string) => {
      const { root } = await scan(Buffer.from(`${field}\r\n\r\n`))
      return root.filename
    }
    const twice = "attachment; filename*=utf-8''a%3D%3Futf-8%3FQ%3F%3D2Eexe%3F%3D"
    assert.equal(await name(`Content-Disposition: ${twice}`), 'a=?utf-8?Q?=2Eexe?=')
    assert.equal(await name('Content-Disposition: x; filename="=?utf-8?Q?=C3=BC.pdf?="'), 'ü.pdf')
    assert.equal(await name('Content-Type: a/b; name=n.pdf'), 'n.pdf')
    assert.isNull(await name('Content-Disposition: attachment; filename=""'))
  })

  test('hostile values of 200 KB take no time', ({ assert }) => {
    const start = performance.now()
    for (const piece of [
      '(',
      '=?',
      '; a="',
      ';',
      ' ',
      '"',
      '\\',
      "; a*0*=utf-8''%",
      '=?utf-8?B?YQ==?= ',
      ';a=b',
    ]) {
      const value = `a/b; x=${piece.repeat(Math.floor(200_000 / piece.length))}`
      parseParameters(value)
      decodeWords(value)
    }
    // Generous: quadratic work on one of them would take minutes.
    assert.isBelow(performance.now() - start, 10_000)
  })
})

test.group('Content fields', () => {
  test('of a part with all of them', async ({ assert }) => {
    const head = [
      'Content-Type: TEXT/Html; Charset="UTF-8"',
      'Content-Transfer-Encoding: Base64 (really)',
      'Content-Disposition: INLINE; filename=a.html',
      'Content-ID: <part1@firm.example>',
      'Content-Location: http://firm.example/\r\n a.html',
    ]
    const { root } = await scan(Buffer.from(`${head.join('\r\n')}\r\n\r\n`))
    assert.equal(root.type, 'text/html')
    assert.equal(root.charset, 'utf-8')
    assert.equal(root.transferEncoding, 'base64')
    assert.equal(root.disposition, 'inline')
    assert.equal(root.filename, 'a.html')
    assert.equal(root.contentId, 'part1@firm.example')
    assert.equal(root.contentLocation, 'http://firm.example/a.html')
    assert.deepEqual(root.irregular, ['comment_in_structure'])
  })

  test('of a part without any', async ({ assert }) => {
    const { root } = await scan(Buffer.from('Subject: x\r\n\r\n'))
    const { type, charset, transferEncoding, disposition, filename, contentId } = root
    assert.deepEqual(
      { type, charset, transferEncoding, disposition, filename, contentId },
      {
        type: 'text/plain',
        charset: null,
        transferEncoding: '7bit',
        disposition: null,
        filename: null,
        contentId: null,
      }
    )
  })
})
