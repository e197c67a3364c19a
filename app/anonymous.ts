/** An address as it stands in errors of libraries and in replies of peers, quoted local parts included. */
const ADDRESS = /(?:"[^"\r\n]{1,64}"|[^\s<>()[\]{}"'`,;:\\]{1,256})@[^\s<>()[\]{}"'`,;:\\]{1,256}/gu

/** What follows is the token of a link: of files, or one by which a person comes in. */
const LINK = /\/(d|einrichten|einladung|registrieren|passwort)\/[^\s"'<>)]+/g

/** A text without what names a person or opens a link: the log may hold it. */
export function anonymous(text: string): string {
  return text.replace(ADDRESS, '[address]').replace(LINK, '/$1/[token]')
}

/** What is told of a peer's reply: its codes (RFC 5321, RFC 3463). Its text may name anybody; the archive has it whole. */
export function codesOf(reply: string): string {
  return /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[0] ?? 'no reply'
}
