import { test } from '@japa/runner'
import { isolated, plainLine } from '../../../app/plain_line.ts'

test.group('A line of a stranger', () => {
  const lines: [string | null, string][] = [
    ['Unterlagen 2025', 'Unterlagen 2025'],
    ['  viel   Platz\r\n\tda ', 'viel Platz da'],
    ['rechnung\u202Efdp.exe', 'rechnung fdp.exe'],
    ['a\u200Bb\u2066c\u2069d\uFEFFe', 'a b c d e'],
    ['\u0000\u001b[31mrot\u0007', '[31mrot'],
    ['مستندات السنة', 'مستندات السنة'],
    ['halb\uD800', 'halb\uFFFD'],
    ['', ''],
    [null, ''],
  ]
  for (const [given, expected] of lines) {
    test(`${JSON.stringify(given)} becomes ${JSON.stringify(expected)}`, ({ assert }) => {
      assert.equal(plainLine(given), expected)
    })
  }

  test('is cut between characters, not within one', ({ assert }) => {
    assert.equal(plainLine('👍'.repeat(10), 4), '👍👍👍👍…')
    assert.equal(plainLine('x'.repeat(300)).length, 300)
    assert.equal(plainLine('x'.repeat(301)).length, 301)
  })

  test('stands in a sentence without turning it', ({ assert }) => {
    assert.equal(isolated('a\u202Eb'), '\u2068a b\u2069')
  })
})
