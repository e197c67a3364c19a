import { test } from '@japa/runner'
import { FilesInText, type FileInText } from '../../../mail-gateway/rewrite/files_in_text.ts'

function found(text: string, piece = text.length): FileInText | null {
  const files = new FilesInText()
  for (let at = 0; at < text.length; at += piece) files.write(text.slice(at, at + piece))
  return files.end()
}

const UU = 'C)5!$1BTQ+C0*`0+_?$U!4DMD96%D8F5E9C!B861F,#!D?`H`'
const BASE64 = 'JVBERi0xLjQKAQL/fE1BUktkZWFkYmVlZjBiYWRmMDBkfAo='
const prose = (lines: number) => 'Mit freundlichen Grüßen\n'.repeat(lines)

test.group('Files in the middle of a text', () => {
  const files: [FileInText, string, string][] = [
    ['uuencoded_file', 'uuencode', `Hallo\nbegin 644 a.pdf\n${UU}\n`],
    ['uuencoded_file', 'what decoders pass over', `begin 644 a\n${prose(90)}${UU}`],
    ['uuencoded_file', 'another kind in between', `begin 644 a\nbegin-base64 644 b\n${UU}`],
    ['uuencoded_file', 'uuencode in base64', `begin-base64 644 a.pdf\n${BASE64}`],
    ['yenc_file', 'yEnc', '=ybegin line=128 size=9 name=a.bin\n'],
    ['binhex_file', 'BinHex', '(This file must be converted with BinHex 4.0)\n\n\n:$f*TEQ\n'],
    ['part_in_text', 'a part', '--x\nX-A: b\nContent-Type: text/plain\n'],
    ['part_in_text', 'fields', `--x\n${'X-A: b\n'.repeat(500)}Content-Type: application/pdf\n`],
    ['part_in_text', 'a name', `Content-Type: text/plain;\n${' x=y;\n'.repeat(99)} name=a.txt`],
    ['part_in_text', 'an attachment', 'Hallo\nContent-Disposition: attachment\n'],
    [
      'part_in_text',
      'a header in front',
      'MIME-Version: 1.0\nX-A: b\nContent-Type: application/pdf\n\nx',
    ],
    ['part_in_text', 'base64', `a\nContent-Transfer-Encoding: base64\nX: y\n\n\n~\n${BASE64}`],
    ['part_in_text', 'escapes', 'a\nContent-Transfer-Encoding: quoted-printable\n \nGr=FC=DFe'],
  ]
  for (const [what, name, text] of files) {
    test(`${what}: ${name}, in any pieces`, ({ assert }) => {
      const long = `${prose(4000)}\n${text}\n${prose(10)}`
      for (const end of ['\n', '\r\n', '\r']) {
        const ended = text.replaceAll('\n', end)
        for (const piece of [1, 2, 7, 4096, ended.length]) assert.equal(found(ended, piece), what)
      }
      if (name !== 'a header in front') assert.equal(found(long, 999), what)
    })
  }

  const harmless: Record<string, string> = {
    'a signature': 'Danke\n\n-- \nErika Muster\nTel: 030 1234\n',
    'a text that begins with the word':
      'Begin 2027 WITH A GOOD PLAN\nbegin 2027 with\nUNS REICHT ES\n',
    'a forwarded mail':
      '-----Ursprüngliche Nachricht-----\nVon: a@b.example\nGesendet: heute\nAn: me\nBetreff: x\n\nHallo\n',
    'fields that say nothing of a file':
      'Content-Type: text/plain\nContent-Language: de\n\nHallo\n',
    'a program that speaks of types': `Es kommt\n    Content-Type: application/json\nund\n`,
    'a quoted header and what was written': `Received: x\nContent-Transfer-Encoding: base64\n\n${prose(9)}`,
    'what a program says of a request': `curl --compressed https://x.example\n${'> a line\n'.repeat(9)}Content-Type: application/json\n`,
    'a text that begins with fields':
      'URL: https://x.example\nStatus: 200\nContent-Type: application/json\n',
    'prose with the word, and figures': 'begin with\n150 000,00  160 000,00  17\n\n1\n',
    'a long word below a quoted header': `Content-Transfer-Encoding: base64\n\nHallo an alle\nUmsatzsteuervoranmeldungen\n`,
  }
  for (const [what, text] of Object.entries(harmless)) {
    test(`${what} is text`, ({ assert }) => {
      for (const piece of [1, 5, text.length]) assert.isNull(found(text, piece))
    })
  }
})
