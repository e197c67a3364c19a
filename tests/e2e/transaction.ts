import { SmtpClient } from '../smtp_client.ts'

/** Doubles dots at the start of lines (RFC 5321 section 4.5.2) and adds the end of data. */
export function onTheWire(message: Buffer): Buffer {
  const stuffed = message.toString('latin1').replaceAll(/^\./gm, '..')
  return Buffer.from(`${stuffed}.\r\n`, 'latin1')
}

/**
 * Hands one mail to the gateway, in a session of its own unless one is given.
 *
 * @param message ends with CRLF
 * @returns the reply to the end of data
 */
export async function send(
  port: number,
  message: Buffer | string,
  {
    from = 'me@firm.example',
    to = 'client@example.net',
    client = undefined as SmtpClient | undefined,
  } = {}
): Promise<string> {
  const session = client ?? (await SmtpClient.open(port))
  try {
    const answer = await session.data(from, to)
    if (!answer.startsWith('354')) return answer
    session.write(onTheWire(Buffer.from(message)))
    return await session.reply()
  } finally {
    if (!client) session.end()
  }
}

/** A mail of the firm with one attachment. */
export function mailWith(attachment: Buffer, subject = 'Unterlagen'): Buffer {
  const encoded = attachment.toString('base64').replace(/.{76}/g, '$&\r\n')
  return Buffer.from(
    [
      'From: Anna Berger <me@firm.example>',
      'To: client@example.net',
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="grenze"',
      '',
      '--grenze',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Guten Tag',
      '.',
      '..und ein Punkt am Anfang einer Zeile',
      '--grenze',
      'Content-Type: application/pdf',
      'Content-Transfer-Encoding: base64',
      'Content-Disposition: attachment; filename="Bericht.pdf"',
      '',
      encoded,
      '--grenze--',
      '',
    ].join('\r\n')
  )
}
