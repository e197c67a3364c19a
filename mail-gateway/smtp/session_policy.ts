import { type Reply, replies } from './reply.ts'

/**
 * What a session may do: pure decisions, no state, no time, no database. `null` is "go on".
 * The library has checked the syntax of commands and the announced SIZE before these are asked.
 */
export interface SessionPolicy {
  mail(client: Client, command: AddressCommand): Reply | null
  recipient(client: Client, command: AddressCommand): Reply | null
  /** Whether content with bare CR or LF is taken as it comes. */
  takesBareNewlines(client: Client): boolean
}

export interface Client {
  /** Inside TRUSTED_NETWORKS. */
  trusted: boolean
  /** A mail domain of the firm has been named. */
  hasDomain: boolean
}

export interface AddressCommand {
  /** Address as written, without angle brackets; '' only as a sender. */
  address: string
  /** Names of the ESMTP parameters, upper case. */
  parameters: string[]
  /** SMTPUTF8 is in force for the transaction. */
  smtpUtf8: boolean
}

/**
 * The outgoing listener relays, and only for who stands inside; any sender goes there, the null sender included
 * (bounces and receipts of the firm's own mail server).
 */
export const outgoingPolicy: SessionPolicy = {
  mail: (client, command) =>
    admission(client) ??
    unknownParameter(command, ['SIZE', 'BODY', 'SMTPUTF8']) ??
    (command.address === '' ? null : addressProblem(command, replies.badSender)),

  recipient: (client, command) =>
    admission(client) ??
    unknownParameter(command, []) ??
    (command.address.toLowerCase() === 'postmaster'
      ? null
      : addressProblem(command, replies.badRecipient)),

  takesBareNewlines: (client) => client.trusted,
}

function admission({ trusted, hasDomain }: Client): Reply | null {
  if (!trusted) {
    return replies.notTrusted
  }
  return hasDomain ? null : replies.noDomain
}

/** RFC 5321 section 4.1.1.11: a parameter that was not offered is refused. */
function unknownParameter({ parameters }: AddressCommand, offered: string[]): Reply | null {
  return parameters.every((name) => offered.includes(name)) ? null : replies.unknownParameter
}

const DOMAIN = /^(?!-)[a-z0-9_\u0080-\uffff-]+(\.[a-z0-9_\u0080-\uffff-]+)*$/i
const LITERAL = /^\[(ipv6:[0-9a-f:.]+|[0-9.]+)\]$/i

/**
 * Whether an address can be relayed. Lenient about the local part, since devices and mobile networks use dots where RFC
 * 5321 section 4.1.2 has none and somebody wants to answer them; strict about what could break a command line.
 */
function addressProblem({ address, smtpUtf8 }: AddressCommand, bad: Reply): Reply | null {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1)
  // Section 4.5.3.1.3: a path is at most 256 octets, angle brackets included. U+FFFD was no UTF-8.
  if (at < 1 || Buffer.byteLength(address) > 254 || address.includes('\ufffd')) {
    return bad
  }
  if (!DOMAIN.test(domain) && !LITERAL.test(domain)) {
    return bad
  }
  return !smtpUtf8 && /[\u0080-\uffff]/.test(address) ? replies.needsUtf8 : null
}
