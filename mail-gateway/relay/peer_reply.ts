import type { DeliveryResult } from './courier.ts'
import type { PeerError } from './peer_connection.ts'

type Said = Pick<DeliveryResult, 'reply' | 'code' | 'enhanced'>

/** Codes that blame us as a client and not the mail (RFC 4954 section 6): the administrator can mend it, the mail waits. */
const OURS_TO_MEND = [530, 534, 535, 538]

/** Takes a reply apart; its lines are joined by spaces. */
export function readReply(response: string, longest: number): Said {
  const [, code = '0', enhanced = null] =
    /^(\d{3})(?:[ -]([245]\.\d{1,3}\.\d{1,3})(?![.\d]))?/.exec(response) ?? []
  const reply = response
    .split(/\r?\n/)
    .map((line, index) => (index === 0 ? line : line.replace(/^\d{3}[ -]?/, '')))
    .join(' ')
    .replace(/\p{Cc}/gu, ' ')
  return { reply: reply.slice(0, longest), code: Number(code), enhanced }
}

/** What a failed transaction means for the mail. */
export function judge(error: PeerError, longest: number): Said & Pick<DeliveryResult, 'status'> {
  if (error.response) {
    const said = readReply(error.response, longest)
    const final = said.code >= 500 && !OURS_TO_MEND.includes(said.code)
    return { ...said, status: final ? 'failed' : 'deferred' }
  }
  if (error.code === 'EMESSAGE') {
    return refusal(552, '5.3.4', 'The next server takes no message of this size')
  }
  if (error.code === 'EENVELOPE') {
    return refusal(553, '5.1.3', 'The address cannot be written in SMTP')
  }
  return { status: 'deferred', reply: error.message.slice(0, longest), code: 0, enhanced: null }
}

/** A refusal that we foresee, in the peer's stead. */
export function refusal(code: number, enhanced: string, text: string): Said & { status: 'failed' } {
  return { status: 'failed', reply: `${code} ${enhanced} ${text}`, code, enhanced }
}
