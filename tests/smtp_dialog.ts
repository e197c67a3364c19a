import { readFile } from 'node:fs/promises'
import { SmtpClient } from './smtp_client.ts'

/**
 * Plays SMTP transcripts against a real listener. A transcript is a list of lines:
 *
 *   # a remark, for readers
 *   -> MAIL FROM:<a@b.example>      sent with CRLF; \r \n \0 \t \\ and \xNN stand for those bytes
 *   => .\n                          sent as it stands, without CRLF
 *   <- ^250 2\.1\.0                  the next reply, its lines joined by \n, must match
 *   <. (closed)                     the listener closes the connection
 *   @trusted no                     a setting for the listener, before the first line that is sent
 *   ! ^Subject: x\r\n               what the listener accepted last, as one byte a character, must match
 *   !! 0                            how many messages it has accepted
 */
export interface Dialog {
  settings: Record<string, string>
  steps: Step[]
}

interface Step {
  line: number
  kind: '->' | '=>' | '<-' | '<.' | '!' | '!!'
  text: string
}

export function parseDialog(text: string): Dialog {
  const settings: Record<string, string> = {}
  const steps: Step[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const step = /^(->|=>|<-|<\.|!!|!)(?: (.*))?$/.exec(line)
    const setting = /^@(\w+) (.*)$/.exec(line)
    if (step) {
      steps.push({ line: index + 1, kind: step[1] as Step['kind'], text: step[2] ?? '' })
    } else if (setting) {
      settings[setting[1]!] = setting[2]!
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      throw new Error(`line ${index + 1} is no line of a dialog: ${line}`)
    }
  }
  return { settings, steps }
}

export async function readDialog(file: string | URL): Promise<Dialog> {
  return parseDialog(await readFile(file, 'utf8'))
}

/** Fails with the line of the transcript that did not come true. */
export async function playDialog(
  { steps }: Dialog,
  listener: { port: number; accepted: { content: Buffer }[] }
): Promise<void> {
  const client = new SmtpClient(listener.port)
  const play: Record<Step['kind'], (text: string) => Promise<void> | void> = {
    '->': (text) => client.write(bytes(`${text}\\r\\n`)),
    '=>': (text) => client.write(bytes(text)),
    '<-': async (text) => expect(await client.reply(), text),
    '<.': () => client.closed(),
    '!': (text) => expect(listener.accepted.at(-1)?.content.toString('latin1') ?? '', text),
    '!!': (text) => expect(String(listener.accepted.length), `^${text}$`),
  }
  try {
    for (const { line, kind, text } of steps) {
      try {
        await play[kind](text)
      } catch (error) {
        throw new Error(`line ${line}, ${kind} ${text}: ${(error as Error).message}`)
      }
    }
  } finally {
    client.end()
  }
}

function expect(actual: string, pattern: string) {
  // `$` is the end of the whole, `.` any character: replies and messages have lines.
  if (!new RegExp(pattern, 's').test(actual)) {
    throw new Error(`got ${JSON.stringify(actual)}`)
  }
}

const NAMED: Record<string, string> = { 'r': '\r', 'n': '\n', 't': '\t', 0: '\0', '\\': '\\' }

/** UTF-8, with escapes for the bytes that a text file cannot show. */
function bytes(text: string): Buffer {
  const pieces = text.split(/(\\x[0-9a-f]{2}|\\[rnt0\\])/i).map((piece, index) => {
    if (index % 2 === 0) {
      return Buffer.from(piece)
    }
    return Buffer.from(
      NAMED[piece.slice(1)] ?? String.fromCharCode(Number.parseInt(piece.slice(2), 16)),
      'latin1'
    )
  })
  return Buffer.concat(pieces)
}
