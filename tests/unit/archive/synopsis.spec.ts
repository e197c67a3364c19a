import { test } from '@japa/runner'
import { synopsisOf } from '../../../app/archive/synopsis.ts'

test.group('What a list shows of a mail', () => {
  for (const [name, newline] of Object.entries({ CRLF: '\r\n', LF: '\n' })) {
    test(`ends with the header, whose lines end with ${name}`, ({ assert }) => {
      const lines = [
        'From: Anna =?utf-8?Q?Bj=C3=B6rk?= <anna@firm.example>',
        'To: one@x.example,',
        '\ttwo@x.example',
        'Subject: Unterlagen',
        '',
        'Message-ID: <in-the-body@x.example>',
        'List-Id: also there',
        '',
      ]
      const found = synopsisOf(Buffer.from(lines.join(newline)))
      assert.deepInclude(found, {
        subject: 'Unterlagen',
        fromName: 'Anna Björk',
        fromAddress: 'anna@firm.example',
        to: 'one@x.example, two@x.example',
        messageId: null,
        automatic: false,
      })
    })
  }

  test('ends with the first empty line, however the ends of lines change', ({ assert }) => {
    for (const [end, ended] of [
      ['\r\n\n', true],
      ['\n\r\n', true],
      ['\n\n', true],
      ['\r\n \r\n', false],
    ] as const) {
      const bytes = Buffer.from(`Subject: a${end}Message-ID: <b@x.example>\r\n\r\nc\n\nd`)
      const { subject, messageId } = synopsisOf(bytes)
      assert.deepEqual([subject, messageId], ['a', ended ? null : '<b@x.example>'])
    }
  })

  test('is something for a mail without header, without body, or cut in the header', ({
    assert,
  }) => {
    for (const bytes of ['', '\r\n', '\r\n\r\nSubject: in the body', ': x']) {
      assert.deepInclude(synopsisOf(Buffer.from(bytes)), { to: '', fromAddress: null })
    }
    assert.equal(synopsisOf(Buffer.from('\r\n\r\nSubject: in the body')).subject, '')
    assert.equal(synopsisOf(Buffer.from('Subject: cut')).subject, 'cut')
    assert.equal(synopsisOf(Buffer.from('Subject: cut\r\n')).subject, 'cut')
  })
})
