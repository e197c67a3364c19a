import { served } from '#tests/served_links'

/** Value of the hidden field that all forms of a page carry. */
export function formOf(html: string): string {
  return /name="form" value="([^"]+)"/.exec(html)![1]!
}

/** A browser without script: keeps cookies, follows nothing by itself, and sends the forms it finds. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #base = served().url

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`)
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
    const response = await fetch(this.#base + path, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      this.cookies.set(name!, value!)
    }
    return response
  }

  get(path: string, headers: Record<string, string> = {}) {
    return this.request(path, { headers })
  }

  async page(path: string): Promise<string> {
    const response = await this.get(path)
    return response.text()
  }

  post(path: string, fields: Record<string, string>) {
    return this.request(path, { method: 'POST', body: new URLSearchParams(fields) })
  }

  /** Reads the page, and sends its form with that address. */
  async submit(page: string, action: string, fields: Record<string, string> = {}) {
    const html = await this.page(page)
    if (!html.includes(`action="${page}/${action}"`))
      throw new Error(`${page} has no form ${action}`)
    return this.post(`${page}/${action}`, { form: formOf(html), ...fields })
  }
}
