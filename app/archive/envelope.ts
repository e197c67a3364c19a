/** What the SMTP session said about a message, beside its bytes (RFC 5321 section 2.3.1). */
export interface Envelope {
  /** Reverse path as the client wrote it, without angle brackets; '' is the null sender. */
  mailFrom: string
  /** Every recipient in the order given, blind copies included. */
  rcptTo: string[]
  /** IP address of the client; an IPv4 client on a dual-stack listener is written as IPv4. */
  clientAddress: string
  /** Name the client gave in HELO or EHLO, lower case, never verified. */
  helo: string
  /** The client asked for SMTPUTF8 (RFC 6531). */
  smtpUtf8: boolean
  /** Declared body type (RFC 6152); 7bit unless said. */
  bodyType: '7bit' | '8bitmime'
  /** When DATA began. */
  receivedAt: Date
  /** The client stood inside TRUSTED_NETWORKS. */
  trusted: boolean
}
