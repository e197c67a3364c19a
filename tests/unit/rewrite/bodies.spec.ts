import { test } from '@japa/runner'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import type { MimePart } from '../../../mail-gateway/mime/tree.ts'
import { decodeBody } from '../../../mail-gateway/mime/codecs.ts'
import { largestConversion, noticeEdits } from '../../../mail-gateway/rewrite/body_notice.ts'
import { recipeOf } from '../../../mail-gateway/rewrite/edits.ts'
import { collect, decodeHead, insertDecoded } from '../../../mail-gateway/rewrite/encoded_body.ts'
import { bodyAnchor } from '../../../mail-gateway/rewrite/html_anchor.ts'
import { quotedEdits } from '../../../mail-gateway/rewrite/quoted_edits.ts'
import { Random } from '../../mime_generator.ts'
import { cutInto, deliver } from './delivered.ts'

function edited(bytes: Buffer, edits: Parameters<typeof recipeOf>[1]): Buffer {
  const steps = recipeOf(bytes.length, edits)
  return Buffer.concat(
    steps.map((step) =>
      'insert' in step ? step.insert : bytes.subarray(step.copy[0], step.copy[0] + step.copy[1])
    )
  )
}

async function decode(bytes: Buffer, transferEncoding: string) {
  const irregular: string[] = []
  const source = cutInto(bytes, bytes.length || 1)(0, bytes.length)
  const content = await collect(decodeBody(source, transferEncoding, (one) => irregular.push(one)))
  return { content, irregular }
}

test.group('Inserting into an encoded body', () => {
  test('base64: at every place, of every length, in lines of any width', async ({ assert }) => {
    const random = new Random(1)
    for (let length = 0; length <= 20; length++) {
      const content = random.bytes(length)
      for (const width of [1, 4, 5, 8, 76]) {
        const text = content.toString('base64').replace(new RegExp(`.{1,${width}}`, 'g'), '$&\r\n')
        const raw = Buffer.from(text.trimEnd())
        for (let at = 0; at <= length; at++) {
          for (const notice of ['a\r\n', 'ab\r\n', 'abc\r\n']) {
            const edit = await insertDecoded(raw, 0, 'base64', at, Buffer.from(notice))
            const result = await decode(edited(raw, [edit]), 'base64')
            const wanted = `${content.toString('latin1', 0, at)}${notice}`
            const found = result.content.toString('latin1')
            assert.deepEqual(result.irregular, [])
            assert.isTrue(found.startsWith(wanted), `${length} ${width} ${at}`)
            assert.equal(
              found.slice(wanted.length).replace(/^(\r\n){0,2}/, ''),
              content.toString('latin1', at).replace(/^(\r\n){0,2}/, '')
            )
          }
        }
      }
    }
  })

  test('base64: a large body costs only what stands around the place', async ({ assert }) => {
    const content = new Random(2).bytes(200_001)
    const raw = Buffer.from(content.toString('base64').replace(/.{76}/g, '$&\r\n'))
    const edit = await insertDecoded(raw, 0, 'base64', 100_000, Buffer.from('notice\r\n'))
    assert.isBelow(edit.insert.length, 40)
    assert.isBelow(edit.end - edit.start, 8)
  })

  test('quoted-printable: at every place', async ({ assert }) => {
    const raw = Buffer.from('=3Ca=3D1>=\r\nx y =\r\n=\r\n=C3=BC\r\nend')
    const head = decodeHead(raw, 'quoted-printable')!
    assert.equal(head.toString(), '<a=1>x y ü\r\nend')
    for (let at = 0; at <= head.length; at++) {
      const edit = await insertDecoded(raw, 0, 'quoted-printable', at, Buffer.from('ö\r\n'))
      const { content, irregular } = await decode(edited(raw, [edit]), 'quoted-printable')
      assert.deepEqual(irregular, [])
      const text = content.toString('latin1')
      const notice = text.indexOf('\xc3\xb6\r\n')
      const before = text.slice(0, notice).replace(/\r\n$/, '')
      // White space at the end of a line is none in quoted-printable: HTML does not mind.
      assert.equal(before.trimEnd(), head.toString('latin1', 0, at).trimEnd())
      assert.equal(text.slice(notice + 4), head.toString('latin1', at))
    }
  })

  test('plain bytes become quoted-printable where they stand', async ({ assert }) => {
    const random = new Random(3)
    for (let round = 0; round < 200; round++) {
      const words = Array.from({ length: random.below(60) }, () =>
        random.pick([
          '=',
          'a',
          'word',
          ' ',
          '\t',
          'ü',
          '\r\n',
          '\r\n\r\n',
          'x'.repeat(80),
          '\0',
          '.',
        ])
      )
      const bytes = Buffer.from(words.join(''))
      const quoted = edited(bytes, quotedEdits(bytes, 0))
      const { content, irregular } = await decode(quoted, 'quoted-printable')
      assert.deepEqual(irregular, [])
      assert.equal(content.toString(), bytes.toString())
      assert.match(quoted.toString('latin1'), /^[\t\r\n -~]*$/)
      assert.isTrue(
        quoted
          .toString()
          .split('\r\n')
          .every((line) => line.length <= 76)
      )
    }
  })
})

test.group('The place in HTML', () => {
  const places: [string, string][] = [
    ['<html><body>|x', 'behind the tag'],
    ['<BODY onload="a>b" class=\'>\'>|x', 'quoted > in attributes'],
    ['<body data-a=b"c>|x', 'a quote that is no quoting'],
    ['<!-- <body> --><body\n>|x', 'a body in a comment'],
    ['<head><script>"<body>"</script><style><body></style></head><body>|x', 'in raw text'],
    ['<title><body></title>|text', 'in a title; no body tag'],
    ['<html><head><meta x></head>\n|<p>x', 'before the first element'],
    ['|text <body>x', 'before the first text'],
    ['|1 < 2', 'a < that is text'],
    ['<html><o:p></o:p><body>|x', 'tags of Office before the body'],
    ['\ufeff<!DOCTYPE html>\r\n<body>|x', 'behind a byte order mark'],
    ['<head><unknown>x</unknown></head><body>|x', 'anything within the head'],
    ['<!--><body>|x', 'a comment that is none'],
    ['<!--[if mso]><body><![endif]--><![if !mso]><body>|x', 'conditional comments'],
    ['<noscript><body></noscript>|text', 'in what is for programs without scripts'],
    ['|<template><body></template>text', 'in a template'],
    ['<head>|<template></head><body></template></head><body>x', 'in a template in the head'],
    ['|<script><!-- <script> </script> <body> --></script>x', 'in a script in a script'],
    ['<script><!-- a() //--></script><body>|x', 'behind a script in a comment'],
    ['|', 'nothing'],
    ['<html></html>|', 'no content'],
  ]
  test('{1}')
    .with(places)
    .run(({ assert }, [marked]) => {
      const html = marked.replace('|', '')
      const expected = marked === '<html></html>|' ? '<html>'.length : marked.indexOf('|')
      assert.equal(bodyAnchor(html, true), expected)
    })

  test('is not told by a beginning that ends too early', ({ assert }) => {
    for (const html of ['<html><bo', '<style>', '<html>', '<body class="', '<!-- ', '<head>text']) {
      assert.isNull(bodyAnchor(html, false))
    }
  })

  test('is found in linear time in hostile HTML', ({ assert }) => {
    for (const piece of [
      '<a "',
      '<!--',
      '<',
      "='",
      '<style>',
      '</',
      '<a b=',
      '<script></script>',
    ]) {
      const html = `<html>${piece.repeat(Math.ceil(1_000_000 / piece.length))}`
      assert.doesNotThrow(() => bodyAnchor(html, true))
      assert.doesNotThrow(() => bodyAnchor(`<script>${html}</script>`, true))
    }
  }).timeout(5_000)
})

test.group('Large bodies', () => {
  async function mailWith(text: string, type: string): Promise<[Buffer, MimePart]> {
    const message = Buffer.from(
      `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${type}\r\n\r\n${text}` +
        '\r\n--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b--\r\n'
    )
    const tree = await scanMime(cutInto(message, 65_536)(0, message.length))
    return [message, tree.parts[1]!]
  }
  const line = 'Text in lines, as one writes it, with an equals sign = now and then.\r\n'

  test('over the limit a 7 bit text gets the notice as a part in front', async ({ assert }) => {
    const [message] = await mailWith(line.repeat(70_000), 'Content-Type: text/plain')
    const { bytes, recipe, plan } = await deliver(message)
    assert.isAbove(message.length, largestConversion)
    assert.equal(plan.notice.text, '1')
    assert.isBelow(recipe.length, 8)
    assert.include(bytes.toString('latin1', 0, 1200), 'verf=C3=BCgbar mindestens bis')
    assert.isTrue(bytes.includes(`Content-Type: text/plain\r\n\r\n${line}`))
  })

  test('one line of 4 MB becomes quoted-printable with a soft break in each 76', async ({
    assert,
  }) => {
    const [message] = await mailWith('a '.repeat(2_000_000), 'Content-Type: text/plain')
    const { bytes } = await deliver(message)
    const lines = bytes.toString('latin1').split('\r\n')
    assert.isTrue(lines.every((one) => one.length <= 76))
    assert.isAbove(lines.length, 50_000)
  })

  test('a large 8 bit text in UTF-8 gets it inside, as one insert', async ({ assert }) => {
    const type = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit'
    const [message] = await mailWith(line.repeat(100_000), type)
    const { recipe } = await deliver(message)
    const written = recipe.reduce(
      (sum, step) => sum + ('insert' in step ? step.insert.length : 0),
      0
    )
    assert.isBelow(written, 1_000)
  })

  test('HTML whose body tag does not come in time is left alone', async ({ assert }) => {
    const html = `<html><head><style>${'p {} '.repeat(1_000_000)}</style></head><body>x</body></html>`
    const [message, part] = await mailWith(html, 'Content-Type: text/html')
    const notice = {
      language: 'de',
      files: [],
      link: 'https://x',
      availableUntil: new Date(0),
    } as const
    assert.isNull(await noticeEdits(part, notice, cutInto(message, 65_536)))
  })

  test('an unknown transfer encoding is left alone', async ({ assert }) => {
    const [message, part] = await mailWith(
      'x',
      'Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uu'
    )
    const notice = {
      language: 'de',
      files: [],
      link: 'https://x',
      availableUntil: new Date(0),
    } as const
    assert.isNull(await noticeEdits(part, notice, cutInto(message, 65_536)))
  })
})
