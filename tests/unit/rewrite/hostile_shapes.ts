/*
 * Mails that make whoever goes back over what he read do so again and again: each is one thing repeated. A pattern that does costs
 * minutes at these lengths.
 */

const BODY = 300_000
/** Below the limit of a header block. */
const HEADER = 200_000

const fill = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length))

const head =
  'From: me@firm.example\r\nTo: client@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n'
const file =
  '\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\nContent-Disposition: attachment; filename=a.zip\r\n\r\nPK\r\n--b--\r\n'
const image =
  '\r\n--b\r\nContent-Type: image/gif\r\nContent-ID: <i@x>\r\nContent-Location: i.gif\r\n\r\nGIF89a'

const withBody = (fields: string, body: string, more = '') =>
  `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${fields}\r\n\r\n${body}${more}${file}`
const withField = (field: string) =>
  `${head}${field}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx${file}`

const texts: Record<string, string> = {
  'spaces': ' ',
  'tabs and spaces': '\t ',
  'line feeds': '\n',
  'carriage returns': '\r',
  'empty lines': '\r\n',
  'lines of a space': ' \r\n',
  'NULs': '\0',
  'dashes': '-',
  'delimiters with text': '\r\n--b x',
  'delimiters in other letters': '\r\n--B',
  'beginnings of delimiters': '--',
  'fields': '\r\nX: y',
  'Content fields': '\r\nContent-Language: y',
  'beginnings of uuencode': '\nbegin 644 a\n',
  'beginnings of yEnc': '=ybegin name',
  'armour': '-----BEGIN PGP ',
  'equals signs': '=',
  'escapes': '=41',
  'base64': 'QUJD',
  'padding': 'QQ==',
  'escape sequences': '\u001b$B',
  'tags': '<a ',
  'comments': '<!--',
  'ends of tags': '</',
  'bodies': '<body',
  'entities': '&#x',
  'references': 'cid:',
  'places': 'src="',
  'more places': "url( '",
  'brackets': '(',
  'quotes': '"',
  'backslashed quotes': '\\"',
}
const begun: Record<string, string> = {
  'BinHex': '(This file must be converted with BinHex',
  'a disposition': '\r\nContent-Disposition:',
  'a type': '\r\nContent-Type:',
  'an encoding': '\r\nContent-Transfer-Encoding: base64',
  'an encoding and an empty line': '\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
}
const values: Record<string, string> = {
  'spaces': ' ',
  'carriage returns': '\r',
  'folds': '\r\n ',
  'quotes': '"',
  'backslashed quotes': '\\"',
  'brackets': '(',
  'closed brackets': '()',
  'semicolons': ';',
  'parameters': ';a=b',
  'pieces of a parameter': "; x*1=a; x*2*=''b",
  'equals signs': '=',
  'encoded words': '=?utf-8?q?a?= ',
  'beginnings of encoded words': '=?',
  'percent signs': '%',
  'commas': ',',
  'addresses': 'a <b@c.example>, ',
  'angle brackets': '<',
  'at signs': '@',
  'colons': ':',
  'letters': 'a',
}
const fields: Record<string, string> = {
  'Content-Type': 'Content-Type: multipart/mixed; boundary="',
  'a type': 'Content-Type: application/pdf; name="',
  'an encoding': 'Content-Transfer-Encoding: base64 ',
  'a disposition': 'Content-Disposition: attachment; filename="',
  'Content-ID': 'Content-ID: <',
  'To': 'To: ',
  'Subject': 'Subject: ',
  'Received': 'Received: from ',
  'Authentication-Results': 'Authentication-Results: firm.example; ',
  'References': 'References: <',
  'no name': '',
}

function* made(): Generator<[string, string]> {
  for (const [what, piece] of Object.entries(texts)) {
    const body = fill(piece, BODY)
    yield [`a text of ${what}`, withBody('Content-Type: text/plain', body)]
    yield [`HTML of ${what}`, withBody('Content-Type: text/html', `<body>${body}`, image)]
    for (const encoding of ['quoted-printable', 'base64']) {
      yield [`${encoding} of ${what}`, withBody(`Content-Transfer-Encoding: ${encoding}`, body)]
    }
    yield [
      `a preamble of ${what}`,
      `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${body}${file}`,
    ]
  }
  for (const [where, beginning] of Object.entries(begun)) {
    for (const piece of [' ', '\r\n ', '\r\n', ' \r\n', 'x', 'x ', '\t']) {
      const body = beginning + fill(piece, BODY)
      yield [`a text with ${where} and ${JSON.stringify(piece)}`, withBody('X: y', body)]
    }
  }
  for (const [where, beginning] of Object.entries(fields)) {
    for (const [what, piece] of Object.entries(values)) {
      const value = beginning + fill(piece, HEADER)
      yield [`a header with ${where} and ${what}`, withField(value)]
      // The other readers take seconds for these, once is enough.
      if (piece === '\r' && where !== 'Content-Type') continue
      yield [`a part with ${where} and ${what}`, withBody(value, 'x')]
    }
  }
  const name = `${'n'.repeat(150)}.pdf`
  const part = `\r\n--b\r\nContent-Disposition: attachment; filename=${name}\r\n\r\nx`
  const repeated = fill('Content-Type: image/gif\r\n', HEADER)
  yield ['a header with one field', withField(repeated.trim())]
  yield ['a part with one field', withBody(repeated.trim(), 'x')]
  yield ['files of one name', withBody('X: y', 'x', fill(part, 990 * part.length))]
}

export const hostileShapes = [...made()]
