import { test } from '@japa/runner'
import { harmless, letter, type LetterContent } from '#letter'

const url = `https://webtresor.example/webtresore/10001/${'a'.repeat(80)}`

const content: LetterContent = {
  locale: 'de',
  title: 'Webtresor 10001 „Buchhaltung“',
  blocks: [
    'Anna Berger hat eine Benachrichtigung zum Webtresor 10001 „Buchhaltung 2026“ verschickt:',
    { said: `Bitte bis Freitag.\r\n\r\n\r\n<script>alert(1)</script> ${'x'.repeat(200)}` },
    {
      rows: [
        { text: `${'Kassenbuch November 2026 '.repeat(5)}.pdf`, detail: 'neu, von Anna Berger' },
        { text: harmless('evil\u202egpj.exe\r\nBcc: a@b.example') },
      ],
      more: 'und 12 weitere',
    },
    { label: 'Zum Webtresor', url },
  ],
  footer: ['Diese Mail bekommen Sie als Bearbeiter.', { url: 'https://webtresor.example/profil' }],
}

test.group('letters', () => {
  test('text has 72 columns, but for an address, which stands alone', ({ assert }) => {
    const { text } = letter(content)
    const long = text.split('\n').filter((line) => line.length > 72)
    assert.deepEqual(long, [`<${url}>`])
    assert.notMatch(text, /[\r\u202e]|\n\n\n|^Bcc:/m)
    assert.include(text, '\n    Bitte bis Freitag.\n\n    <script>alert(1)</script>\n    xxx')
    assert.include(text, '\n- evil gpj.exe Bcc: a@b.example\n- und 12 weitere\n')
    assert.isTrue(text.endsWith('Bearbeiter.\n<https://webtresor.example/profil>\n'))
  })

  test('HTML says the same in ASCII, with nothing of a stranger as markup, and short lines', ({
    assert,
  }) => {
    const { html } = letter(content)
    assert.match(html, /^[\t\r\n -~]*$/)
    assert.notInclude(html, '<script')
    assert.include(html, '&#60;script&#62;alert(1)')
    assert.isBelow(Math.max(...html.split('\n').map((line) => line.length)), 900)
    assert.include(html, 'und\n12\nweitere')
  })

  test('right-to-left names are isolated', ({ assert }) => {
    assert.equal(harmless('חשבון.pdf'), '\u2068חשבון.pdf\u2069')
    assert.equal(harmless('Übersicht.pdf'), 'Übersicht.pdf')
  })
})
