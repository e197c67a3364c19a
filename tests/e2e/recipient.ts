/** A recipient's browser: keeps cookies, follows nothing by itself, and sends the forms it finds. */
export class Recipient {
  readonly #cookies = new Map<string, string>()

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      this.#cookies.set(name!, value!)
    }
    return response
  }

  async page(url: string): Promise<string> {
    const response = await this.request(url)
    return response.text()
  }

  /** Reads the page of a link, and sends its form with that address. */
  async submit(link: string, action: string, fields: Record<string, string> = {}) {
    const html = await this.page(link)
    const form = /name="form" value="([^"]+)"/.exec(html)?.[1]
    if (!form || !html.includes(`/${action}"`)) {
      throw new Error(`${link} has no form ${action}:\n${html}`)
    }
    const body = new URLSearchParams({ form, ...fields })
    return this.request(`${link}/${action}`, { method: 'POST', body })
  }

  /** Downloads one file of a link by the ticket that its form hands out, counted from 1. */
  async download(link: string, file: number): Promise<Buffer> {
    const answer = await this.submit(link, 'herunterladen', { file: String(file) })
    if (answer.status !== 303) throw new Error(`${link}: ${answer.status} instead of a ticket`)
    const response = await this.request(new URL(answer.headers.get('location')!, link).href)
    if (response.status !== 200) throw new Error(`the ticket answers ${response.status}`)
    return Buffer.from(await response.arrayBuffer())
  }
}
