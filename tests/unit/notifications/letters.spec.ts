import { test } from '@japa/runner'
import MailComposer from 'nodemailer/lib/mail-composer'
import { simpleParser } from 'mailparser'
import {
  announcementLetter,
  digestLetter,
  gatheredLetter,
  type News,
} from '../../../app/notifications/letters.ts'
import { warningLetter, type Warning } from '../../../app/notifications/warnings.ts'

const place = { appUrl: 'https://webtresor.example', timeZone: 'Europe/Berlin' }
const reader = { name: 'Hans Meier', locale: 'de' as const }
const vault = { number: 10_001, name: 'Buchhaltung' }
const spaced = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

const file = (name: string, more = {}) => ({
  name,
  path: [],
  size: 164_864,
  isNew: true,
  by: 'Anna Berger',
  ...more,
})

const news: News = {
  files: [file('Kassenbuch.pdf', { path: ['Belege', '2026'] }), file('Bank.pdf', { isNew: false })],
  total: 14,
  since: new Date('2026-11-24T09:41:00Z'),
}

test.group('letters about vaults', () => {
  test('say who, which vault, what is new since the last visit, and where', ({ assert }) => {
    const from = { name: 'Anna Berger', sentence: 'Bitte bis Freitag.' }
    const made = announcementLetter(place, reader, vault, from, news)
    assert.equal(made.subject, 'Webtresor 10001 „Buchhaltung“: Benachrichtigung von Anna Berger')
    assert.equal(
      spaced(made.text),
      `Guten Tag Hans Meier,

Anna Berger hat eine Benachrichtigung zum Webtresor 10001 „Buchhaltung“
verschickt:

    Bitte bis Freitag.

Neu seit Ihrem letzten Besuch am 24.11.2026, 10:41:

- Kassenbuch.pdf (161 KB)
  neu, von Anna Berger, in /Belege/2026
- Bank.pdf (161 KB)
  neue Version, von Anna Berger
- und 12 weitere Dateien

Zum Webtresor 10001:

<https://webtresor.example/webtresore/10001>

________________________________________________________________________

Wann Sie solche Mails bekommen, wählen Sie hier:
<https://webtresor.example/webtresore/10001/benachrichtigen#wahl>
`
    )
  })

  test('speak English, and say so where nothing is new', ({ assert }) => {
    const english = { ...reader, locale: 'en' as const }
    const from = { name: 'Anna Berger', sentence: null }
    const none = { files: [], total: 0, since: news.since }
    const { text } = announcementLetter(place, english, vault, from, none)
    assert.include(text, 'Anna Berger asks you to look into vault 10001 “Buchhaltung”.')
    assert.include(spaced(text), 'since your last visit on 24 Nov 2026,\n10:41.')
    const { subject } = gatheredLetter(place, english, vault, { ...news, total: 1 })
    assert.equal(subject, 'Vault 10001 “Buchhaltung”: 1 new file')
  })

  test('of a day name each vault with its link', ({ assert }) => {
    const second = { number: 10_002, name: 'Lohn' }
    const { subject, text } = digestLetter(place, reader, [
      { vault, news },
      { vault: second, news: { ...news, since: null, total: 2 } },
    ])
    assert.equal(subject, '16 neue Dateien in Ihren Webtresoren')
    assert.include(text, 'Webtresor 10002 „Lohn“\n======================\n\nNeu für Sie:\n\n- Kass')
    assert.include(text, '<https://webtresor.example/webtresore/10002>')
  })

  test('no name can break out of its line or into the head of a mail', async ({ assert }) => {
    const evil = 'Anna\r\nBcc: victim@example.net\r\n\r\n<b>Hallo</b>\u202e\u0000'
    const made = [
      announcementLetter(
        place,
        { ...reader, name: evil },
        { number: 10_001, name: evil },
        { name: evil, sentence: evil },
        { ...news, files: [file(evil, { path: [evil], by: evil })] }
      ),
      ...(['lock_broken', 'infected', 'unchecked', 'returned'] as const).map((kind) =>
        warningLetter(place, reader, { number: 10_001, name: evil }, {
          kind,
          names: [evil],
          by: evil,
          found: evil,
          own: true,
        } as Warning)
      ),
    ]
    for (const { subject, text, html } of made) {
      assert.notMatch(subject, /[\p{Cc}\u202e]/u)
      assert.notMatch(html, /<b>|\u202e/)
      const mail = new MailComposer({
        from: 'w@firm.example',
        to: 'x@firm.example',
        subject,
        text,
        html,
      })
      const bytes = await new Promise<Buffer>((resolve, reject) => {
        mail.compile().build((error, content) => (error ? reject(error) : resolve(content!)))
      })
      const parsed = await simpleParser(bytes)
      assert.isUndefined(parsed.bcc)
      assert.include(parsed.subject!, 'Bcc: victim@example.net <b>Hallo</b>')
    }
  })

  test('about a full vault say how full', ({ assert }) => {
    const { subject, text } = warningLetter(place, reader, vault, {
      kind: 'quota',
      percent: 95,
      used: 5_100_273_664,
      quota: 5 * 1024 ** 3,
    })
    assert.equal(subject, 'Webtresor 10001 „Buchhaltung“: zu 95 % voll')
    assert.include(spaced(text), '4,8 GB von 5 GB')
  })
})
