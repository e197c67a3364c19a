import app from '@adonisjs/core/services/app'
import { randomUUID } from 'node:crypto'
import { Accounts, type NewAccount } from '#accounts'
import { served } from '#tests/served_links'

export const PASSWORD = 'korrekt pferd batterie'

/** An account with an address that no other test uses. */
export async function freshPerson(more: Partial<NewAccount> = {}) {
  const accounts = await app.container.make(Accounts)
  return accounts.createUser(
    {
      email: `${randomUUID()}@people.example`,
      fullName: 'Anna Berger',
      role: 'client',
      password: PASSWORD,
      ...more,
    },
    'command line'
  )
}

/** A browser without script: it keeps cookies, follows no redirect, and sends forms with the token they carry. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #headers: Record<string, string>

  /** @param headers sent with every request, such as `accept-language` */
  constructor(headers: Record<string, string> = {}) {
    this.#headers = headers
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ ...this.#headers, ...(init.headers as Record<string, string>) })
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`)
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
    const response = await fetch(served().url + path, { redirect: 'manual', ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value === '') this.cookies.delete(name!)
      else this.cookies.set(name!, value!)
    }
    return response
  }

  get(path: string, headers?: Record<string, string>): Promise<Response> {
    return this.request(path, { headers })
  }

  async page(path: string): Promise<string> {
    const response = await this.get(path)
    return response.text()
  }

  /** Opens a page and sends its form to `action`. */
  async submit(page: string, fields: Record<string, string>, action = page): Promise<Response> {
    const token = /name='_csrf' value='([^']+)'/.exec(await this.page(page))?.[1]
    if (!token) throw new Error(`${page} has no form`)
    const body = new URLSearchParams({ _csrf: token, ...fields })
    return this.request(action, { method: 'POST', body })
  }

  signIn(person: { email: string }, password = PASSWORD): Promise<Response> {
    return this.submit('/anmelden', { email: person.email, password })
  }

  /** The sign-in page sends those on who need it no more. */
  async isSignedIn(): Promise<boolean> {
    const response = await this.get('/anmelden')
    return response.headers.get('location') === '/'
  }
}

/** A browser that is signed in with a new account. */
export async function signedIn(more: Partial<NewAccount> = {}) {
  const person = await freshPerson(more)
  const visitor = new Visitor()
  const response = await visitor.signIn(person)
  if (response.status !== 302) throw new Error(`Sign-in answered ${response.status}`)
  return { visitor, person }
}
