import { test } from '@japa/runner'
import iconv from 'iconv-lite'
import {
  formatSize,
  noticeHtml,
  noticeText,
  type NoticeContent,
} from '../../../mail-gateway/rewrite/notice.ts'

const link = 'https://webtresor.firm.example/d/' + 'x'.repeat(60)
function notice(names: string[], language: 'de' | 'en' = 'de'): NoticeContent {
  return {
    language,
    files: names.map((name) => ({ name, size: 1_300_000 })),
    link,
    availableUntil: new Date('2026-12-23T23:30:00Z'),
  }
}

test.group('Notice', () => {
  test('says what, how large, where and until which day in Berlin', ({ assert }) => {
    const german = noticeText(notice(['Prüfung.pdf'])).join('\n')
    assert.include(german, '- Prüfung.pdf (1,2 MB)')
    assert.include(german, 'verfügbar mindestens bis 24. Dezember 2026')
    const english = noticeText(notice(['a.pdf'], 'en')).join('\n')
    assert.include(english, '- a.pdf (1.2 MB)')
    assert.include(english, 'available until at least 24 December 2026')
  })

  test('text: 72 columns, no trailing space, the link on one line of its own', ({ assert }) => {
    const lines = noticeText(
      notice(['x'.repeat(250), 'word '.repeat(40) + '.pdf', '請求書'.repeat(30)])
    )
    assert.include(lines, `<${link}>`)
    for (const line of lines) {
      assert.notMatch(line, /\s$|[\r\n]/)
      if (line !== `<${link}>`) assert.isAtMost(line.length, 72)
      // Neither a MIME delimiter nor the line above a signature.
      assert.notMatch(line, /^--/)
    }
  })

  test('the German wording fits into ISO-8859-1', ({ assert }) => {
    const text = noticeText(notice(['a.pdf', 'b.pdf'])).join('\r\n')
    assert.equal(iconv.decode(iconv.encode(text, 'iso-8859-1'), 'iso-8859-1'), text)
  })

  test('HTML: ASCII, short lines, one table; nothing that mail programs drop', ({ assert }) => {
    const html = noticeHtml(notice(['ü'.repeat(250), '<script>alert("1")</script>&\'.pdf'])).join(
      '\r\n'
    )
    assert.match(html, /^[\r\n -~]*$/)
    assert.isTrue(html.split('\r\n').every((line) => line.length < 500))
    assert.notMatch(html, /<(script|style|img|svg|link|meta)|flex|grid|url\(/i)
    assert.equal(html.match(/<table/g)!.length, html.match(/<\/table>/g)!.length)
    assert.include(html, `>${link}</a>`)
    const name = html.replaceAll('<wbr\r\n>', '')
    assert.include(name, '&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;&#39;.pdf')
  })

  test('names do not turn their surroundings around', ({ assert }) => {
    const text = noticeText(notice(['rechnung\u202efdp.exe', 'חשבון.pdf'])).join('\n')
    assert.include(text, '- rechnungfdp.exe (')
    assert.include(text, '- \u2068חשבון.pdf\u2069 (')
    assert.include(noticeHtml(notice(['חשבון.pdf'])).join(''), '&#8296;')
  })

  test('a long list ends in a count', ({ assert }) => {
    const names = Array.from({ length: 80 }, (_, n) => `${n}.pdf`)
    assert.include(noticeText(notice(names)), '- ... 30 weitere Dateien')
    assert.include(noticeText(notice(names))[0], '80')
    assert.include(noticeHtml(notice(names)).join(''), '30 weitere Dateien')
  })

  test('sizes as file managers write them', ({ assert }) => {
    const sizes: [number, string][] = [
      [0, '0 Byte'],
      [1023, '1023 Byte'],
      [1024, '1 KB'],
      [1536, '1,5 KB'],
      [1024 * 1023.9, '1 MB'],
      [15_000_000, '14 MB'],
      [5 * 1024 ** 3, '5 GB'],
    ]
    for (const [size, text] of sizes) assert.equal(formatSize(size, 'de-DE'), text)
    assert.equal(formatSize(1, 'en-GB'), '1 byte')
  })
})
