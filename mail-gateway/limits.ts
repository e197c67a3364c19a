/**
 * Every size, count and timeout of the gateway, each with its reason. Sizes are bytes, times milliseconds
 * unless the name says otherwise.
 */

export interface MimeLimits {
  /** Nesting of multiparts and attached messages; the top is 1. */
  depth: number
  /** Parts of one message, containers counted. */
  parts: number
  /** Header block of one part. */
  headerSize: number
  /** Header blocks of all parts of one message together. */
  headerTotal: number
  /** Header fields of all parts of one message together. */
  headerFields: number
  /** A boundary longer than this opens no multipart. */
  boundary: number
}

export const mimeLimits: MimeLimits = {
  /** A forward as attachment costs two levels; twenty forwards of forwards are more than anybody reads. */
  depth: 50,
  /** Digests of busy lists reach a few hundred; the second opinions stop at 1,000 too. */
  parts: 1000,
  /** What large mail services take for a whole block; a thousand recipients in To are about 60 KB. */
  headerSize: 256 * 1024,
  /** Field bytes stay in memory while a message is looked at: this is their bound. */
  headerTotal: 2 * 1024 * 1024,
  /** Each field costs an object of about 200 bytes beside its own: 2 MB at most. */
  headerFields: 10_000,
  /** RFC 2046 allows 70. Some programs write more; none writes more than a header line holds. */
  boundary: 200,
}

/** Spaces that a delimiter line may carry behind the boundary: it still fits a line of RFC 5322, 2.1.1. */
export const delimiterPadding = 998

/** White space at the end of a quoted-printable line that is dropped (RFC 2045, 6.7 rule 3); a longer run is text. */
export const quotedPrintablePadding = 998

/** RFC 2047 words and names are decoded up to here: longer ones are attacks, and a file name ends at 255 bytes anyway. */
export const decodedHeaderText = 16 * 1024

export interface SmtpLimits {
  /** Recipients of one transaction; the next one gets 452 4.5.3 and the client sends in portions. */
  recipients: number
  /** Connections at once on one listener. */
  connections: number
  /** While all places are taken and shared fairly, who has sent no command for so long gives up his. */
  patience: number
  /** Of these, from outside of TRUSTED_NETWORKS. */
  strangers: number
  /** One command line. */
  commandLine: number
  /** Commands in a row that bring no mail nearer: NOOP, RSET, EHLO, MAIL without a DATA. */
  idleCommands: number
  /** RCPT commands without a DATA, whatever was answered. */
  recipientCommands: number
  /** Bytes of a message that are still read after it was refused. */
  sunk: number
  /** Syntax and sequence errors in one session. */
  invalidCommands: number
  /** A client that owes us input and sends nothing. */
  idle: number
  /** A whole session. */
  session: number
  /** Received fields of a message that is no loop. */
  received: number
}

export const smtpLimits: SmtpLimits = {
  /** RFC 5321 section 4.5.3.1.8 asks for 100 at least; each one is a copy with its own link. */
  recipients: 1000,
  /** Each may have 64 KB in flight; a firm's mail server opens about 20. */
  connections: 100,
  /** As long as Postfix waits for a command under stress. */
  patience: 10_000,
  /** They hear a refusal, and it may be slow; nothing that they need waits behind. */
  strangers: 20,
  /** RFC 5321 section 4.5.3.1.4 has 512, SMTPUTF8 and other parameters add to it; a path is 256. */
  commandLine: 2048,
  /** As in Postfix (smtpd_junk_command_limit). */
  idleCommands: 100,
  /** Who has more recipients than we take hears so for each, and sends the others in a next transaction. */
  recipientCommands: 10_000,
  /** An honest client finishes what it announced, so it hears why; one that never ends is cut. */
  sunk: 256 * 1024 * 1024,
  /** People at a terminal mistype; what errs ten times is guessing. The library's own count ends at ten too. */
  invalidCommands: 10,
  /** RFC 5321 section 4.5.3.2.7. */
  idle: 5 * 60_000,
  /** 150 MiB over a line of 0.5 Mbit/s take 42 minutes; who needs longer drips on purpose. */
  session: 60 * 60_000,
  /** Honest mails have about ten; RFC 5321 section 6.3 would allow 100, which a loop of ours with links in it should not reach. */
  received: 30,
}

export interface PdfLimits {
  /** A larger PDF is not looked into. */
  size: number
  /** Memory of JavaScript objects in the process that reads PDFs, in MiB. */
  heap: number
  /** Memory of that process in all, in MiB: also the PDF itself, and what its object streams unpack to. */
  memory: number
  /** For one PDF. */
  time: number
  /** How long the process is kept without a PDF. */
  idle: number
}

export const pdfLimits: PdfLimits = {
  /** Invoices have some hundred KB; with scans attached a few MB. */
  size: 32 * 1024 * 1024,
  /** Ten thousand embedded files take about 60 MB. */
  heap: 256,
  /** Beside the heap the largest PDF eight times over, and what Node takes itself. */
  memory: 600,
  /** Invoices take milliseconds. */
  time: 20_000,
  /** Loading the library takes about 200 ms, keeping it about 20 MB. */
  idle: 30_000,
}

export interface RelayLimits {
  /** Connections at once to one smarthost. */
  connections: number
  /** Messages over one connection. */
  messagesPerConnection: number
  /** How long a connection without work is kept. */
  idle: number
  /** From looking up the name until the session is ready for mail, TLS and AUTH included. */
  connect: number
  /** A peer that owes us a reply, or takes no bytes. */
  stall: number
  /** One transaction. */
  transaction: number
  /** How long a peer may take to answer QUIT. */
  quit: number
  /** Characters of a reply that are kept. */
  reply: number
}

export const relayLimits: RelayLimits = {
  /** Postfix opens up to 20 to a destination, and refuses more than 50 from one client; two of ours stay below that. */
  connections: 12,
  /** Postfix hangs up after a time, others after 100 messages: better to go than to be sent away. */
  messagesPerConnection: 100,
  /** Well below the 300 seconds after which Postfix, and the 60 after which stricter servers, hang up. */
  idle: 20_000,
  /** A greeting may be delayed on purpose, but a smarthost has no reason to. */
  connect: 60_000,
  /** RFC 5321 section 4.5.3.2.6: the reply after the last byte may take 10 minutes, since the peer may be scanning. */
  stall: 10 * 60_000,
  /** 150 MiB in base64 over 0.5 Mbit/s take an hour; a peer that drips longer is broken. */
  transaction: 2 * 60 * 60_000,
  /** Nothing depends on the answer. */
  quit: 5_000,
  /** RFC 5321 section 4.5.3.1.5 has 512 a line; two of them say all that helps. */
  reply: 1_000,
}

export interface OpinionLimits {
  /** A larger mail is not given to other parsers. */
  size: number
  /** Memory of JavaScript objects in the parsers' process, in MiB; contents lie outside of it. */
  heap: number
  /** Memory of that process in all, in MiB. */
  memory: number
  /** For one mail, from the moment it is its turn. */
  time: number
  /** How long the process is kept without a mail. */
  idle: number
}

export const opinionLimits: OpinionLimits = {
  /** One of them holds the whole mail and its contents in memory. What larger mails go out are well formed. */
  size: 40 * 1024 * 1024,
  /** Forty times what a mail of the largest size with a thousand parts takes. */
  heap: 256,
  /** Beside the heap the largest mail and its contents several times over, and what Node takes itself. */
  memory: 700,
  /** 40 MiB take about three seconds; a machine under load gets twenty times that. */
  time: 60_000,
  /** Loading the parsers takes about 200 ms, keeping them about 30 MB. */
  idle: 10_000,
}
