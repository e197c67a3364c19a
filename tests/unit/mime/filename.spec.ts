import { test } from '@japa/runner'
import { TakenNames } from '#taken_names'
import { safeFilename } from '../../../mail-gateway/mime/filename.ts'
import { Random } from '../../mime_generator.ts'

const safe = (raw: string | null, type = 'application/pdf') =>
  safeFilename(raw, type, new TakenNames())

test.group('Safe file names', () => {
  test('{0} of {1} becomes {2}')
    .with([
      ['rechnung.pdf', 'application/pdf', 'rechnung.pdf'],
      ['Übersicht Q1 (final).xlsx', 'x/y', 'Übersicht Q1 (final).xlsx'],
      ['../../etc/passwd', 'x/y', 'passwd'],
      ['C:\\Users\\me\\brief.doc', 'x/y', 'brief.doc'],
      ['/', 'application/pdf', 'Anhang-1.pdf'],
      ['..', 'application/pdf', 'Anhang-1.pdf'],
      ['a/..', 'x/y', 'a'],
      [null, 'application/pdf', 'Anhang-1.pdf'],
      ['', 'text/plain', 'Anhang-1.txt'],
      [' . ', 'image/jpeg', 'Anhang-1.jpg'],
      [null, 'application/x-what', 'Anhang-1.bin'],
      ['a\0b\r\nc\x7f.pdf', 'x/y', 'abc.pdf'],
      ['fdp\u202e.exe', 'x/y', 'fdp.exe'],
      ['a\u200bb\u2066.pdf', 'x/y', 'ab.pdf'],
      ['a<b>c:d"e|f?g*.pdf', 'x/y', 'a_b_c_d_e_f_g_.pdf'],
      ['brief.pdf. . ', 'x/y', 'brief.pdf'],
      ['  brief.pdf', 'x/y', 'brief.pdf'],
      ['CON', 'x/y', '_CON'],
      ['nul.tar.gz', 'x/y', '_nul.tar.gz'],
      ['com1 .txt', 'x/y', '_com1 .txt'],
      ['console.txt', 'x/y', 'console.txt'],
      ['.gitignore', 'x/y', '.gitignore'],
      ['\ud800.pdf', 'x/y', '_.pdf'],
      ['Angebot 12/2026', 'message/rfc822', 'Angebot 12-2026.eml'],
      ['brief.eml', 'message/rfc822', 'brief.eml'],
      [null, 'message/rfc822', 'Anhang-1.eml'],
    ] as const)
    .run(({ assert }, [raw, type, expected]) => {
      assert.equal(safe(raw, type), expected)
    })

  test('long names keep their extension within 255 bytes, cut between characters', ({ assert }) => {
    for (const letter of ['x', 'ü', '漢', '🇩🇪']) {
      const name = safe(`${letter.repeat(300)}.docx`)
      assert.isAtMost(Buffer.byteLength(name), 255)
      assert.isAbove(Buffer.byteLength(name), 225)
      assert.isTrue(name.endsWith(`${letter}.docx`))
    }
    assert.equal(Buffer.byteLength(safe(`a.${'x'.repeat(300)}`)), 255)
    assert.isAtMost(Buffer.byteLength(safe(`${'x'.repeat(300)}`, 'message/rfc822')), 255)
  })

  test('of a name of megabytes, beginning and end are looked at', ({ assert }) => {
    for (const raw of ['.'.repeat(2e6) + 'x', 'x' + '.'.repeat(2e6), 'e\u0301\u0323'.repeat(1e6)]) {
      assert.isAtMost(Buffer.byteLength(safe(`${raw}.pdf`)), 255)
    }
    assert.match(safe(`Brief ${'x'.repeat(2e6)}.pdf`), /^Brief x+\.pdf$/)
  }).timeout(20_000)

  test('the thousandth part of one name takes no longer than the second', ({ assert }) => {
    const taken = new TakenNames()
    let tried = 0
    const take = () => taken.take((n) => (tried++, `Brief (${n})`))
    const names = Array.from({ length: 1000 }, take)
    assert.equal(new Set(names).size, 1000)
    assert.isAtMost(tried, 2000)
  })

  test('names are unique, whatever their case or form', ({ assert }) => {
    const taken = new TakenNames()
    const name = (raw: string | null) => safeFilename(raw, 'application/pdf', taken)
    assert.equal(name('Brief.pdf'), 'Brief.pdf')
    assert.equal(name('BRIEF.PDF'), 'BRIEF (2).PDF')
    assert.equal(name('brief.pdf'), 'brief (3).pdf')
    assert.equal(name('brief (2).pdf'), 'brief (2) (2).pdf')
    assert.equal(name('\u00fc.pdf'), 'ü.pdf')
    assert.equal(name('u\u0308.pdf'), 'ü (2).pdf')
    assert.equal(name('Straße.pdf'), 'Straße.pdf')
    assert.equal(name('STRASSE.pdf'), 'STRASSE (2).pdf')
    assert.deepEqual(
      [name(null), name(''), name('..')],
      ['Anhang-1.pdf', 'Anhang-2.pdf', 'Anhang-3.pdf']
    )
    const long = 'x'.repeat(300)
    assert.notEqual(name(`${long}.pdf`), name(`${long}.pdf`))
  })

  test('random names are safe, and a safe name stays as it is', ({ assert }) => {
    const pieces = [
      '.',
      ' ',
      '/',
      '\\',
      '\0',
      '\u202e',
      'ü',
      '漢',
      'con',
      'aux',
      ':',
      'x',
      '.pdf',
      '\u0308',
      '\ud83d',
      '~',
      '%',
    ]
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed)
      const raw = Array.from({ length: random.below(12) }, () => random.pick(pieces)).join('')
      const name = safe(raw)
      assert.notMatch(
        name,
        /[\p{Cc}\u202a-\u202e\\/:*?"<>|]|^[. ]*$|[. ]$|^ /u,
        JSON.stringify(raw)
      )
      assert.notMatch(name, /^(con|aux)\s*(\.|$)/i, JSON.stringify(raw))
      assert.isTrue(name.isWellFormed())
      assert.equal(safe(name), name, JSON.stringify(raw))
    }
  })
})
