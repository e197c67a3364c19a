import { simpleParser, type ParsedMail } from 'mailparser'
import { setTimeout as pause } from 'node:timers/promises'
import { Recipient } from '../../e2e/recipient.ts'
import { Installation } from '../../e2e/webtresor.ts'
import { tokenIn } from '../../product_upload.ts'
import { scriptedPeer, type ScriptedPeer } from '../../scripted_peer.ts'
import { startClamd } from '../../servers/clamd.ts'
import type { Language } from './wording.ts'

export const PASSWORD = 'korrekt pferd batterie'

/** Mail takes a moment: through outbox, queue and the next hop. In milliseconds. */
const MAIL_WITHIN = 20_000

/**
 * A firm that uses the product as `npm start` runs it: files are looked at by a real clamd, mail leaves over SMTP. The
 * administrator has set it up and wants a second factor of clients.
 */
export class Office {
  readonly url: string
  readonly #peer: ScriptedPeer
  readonly #boss = new Recipient()
  readonly close: () => Promise<unknown>

  private constructor(url: string, peer: ScriptedPeer, close: () => Promise<unknown>) {
    this.url = url
    this.#peer = peer
    this.close = close
  }

  static async open(): Promise<Office> {
    const [clamd, peer] = await Promise.all([startClamd(), scriptedPeer()])
    const at = await Installation.create({
      ...{ RELAY_URL: peer.url, CLAMD_URL: clamd.url, APP_URL: 'http://tresor.firm.example' },
    })
    const close = () => Promise.all([at.remove(), clamd.stop(), peer.stop()])
    const server = await at.start().catch(async (error: unknown) => {
      await close()
      throw error
    })
    const office = new Office(at.url, peer, close)
    const setup = new URL(/http\S+\/einrichten\/\S+/.exec(server.output())![0]).pathname
    const account = { email: 'boss@firm.example', full_name: 'Bernd Chef', password: PASSWORD }
    await office.#submit(setup, account)
    const rules = { 'tresore': 'staff', 'speicher': '5', 'faktor[]': 'client' }
    await office.#submit('/verwaltung/personen', rules, '/verwaltung/personen/regeln')
    return office
  }

  /** Somebody of the firm who speaks that language, invited by the administrator. */
  async advisor(email: string, name: string, language: Language): Promise<void> {
    const invitation = { adresse: email, rolle: 'staff', sprache: language }
    await this.#submit('/verwaltung/personen', invitation, '/verwaltung/personen/einladungen')
    const mail = await this.mailTo(email, /\/einladung\//)
    const path = this.pathIn(mail, /\/einladung\/[\w-]+/)
    const choice = { full_name: name, username: email.split('@')[0]!, password: PASSWORD }
    await this.#submit(path, { ...choice, sprache: language }, path, new Recipient())
  }

  /** The newest mail to an address whose text matches; waits for it. */
  async mailTo(email: string, text: RegExp): Promise<ParsedMail> {
    const deadline = Date.now() + MAIL_WITHIN
    while (Date.now() < deadline) {
      for (const raw of [...this.#peer.messages].reverse()) {
        if (!raw.includes(email)) continue
        const mail = await simpleParser(raw)
        const to = [mail.to].flat().map((one) => one?.text)
        if (to.join().includes(email) && text.test(mail.text ?? '')) return mail
      }
      await pause(40)
    }
    throw new Error(`No mail to ${email} says ${text}`)
  }

  /** What a mail links to, on the port that the product has here. */
  pathIn(mail: ParsedMail, pattern: RegExp): string {
    return pattern.exec(mail.text ?? '')![0]
  }

  /** Sends the form of a page as a browser without script. @throws Error when it is refused */
  async #submit(
    page: string,
    fields: Record<string, string>,
    action = page,
    browser = this.#boss
  ): Promise<void> {
    const html = await browser.page(this.url + page)
    const body = new URLSearchParams({ _csrf: tokenIn(html), ...fields })
    const answer = await browser.request(this.url + action, { method: 'POST', body })
    if (answer.status !== 302) throw new Error(`${action} answered ${answer.status}`)
  }
}
