/** Speaks with the server: changes go out as forms and come back as JSON with a sentence. */
import { say } from './words.js'

/** What the server refused, in words. `code` and `facts` as in app/errors.ts. */
export class Refusal extends Error {
  constructor({ text, code = '', facts = {} }, status = 0) {
    super(text)
    this.code = code
    this.facts = facts
    this.status = status
  }
}

export const csrf = () => document.querySelector('[data-csrf]')?.dataset.csrf ?? ''

async function reach(address, init) {
  try {
    return await fetch(address, init)
  } catch {
    throw new Refusal({ text: say('no_connection'), code: 'E_NO_CONNECTION' })
  }
}

/** Answers without JSON: the session is over, or something stands between us and the server. */
function unexpected(response) {
  const text = response.redirected || response.status === 401 ? say('signed_out') : say('failed')
  return new Refusal({ text }, response.status)
}

async function answer(response) {
  const json = response.headers.get('content-type')?.includes('json')
  if (!json || response.redirected) throw unexpected(response)
  const body = await response.json()
  if (response.ok) return body
  // A field that is not what it should be, or something that broke.
  const text = body.errors?.[0]?.message ?? body.message ?? say('failed')
  throw new Refusal({ text, ...body }, response.status)
}

/** @param fields name to value; arrays become several fields of that name */
export async function post(address, fields) {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) body.append(name, one ?? '')
  }
  const headers = { 'accept': 'application/json', 'x-csrf-token': csrf() }
  return answer(await reach(address, { method: 'POST', headers, body }))
}

export async function json(address) {
  return answer(await reach(address, { headers: { accept: 'application/json' } }))
}

/** @throws Refusal where an address has nothing to save */
export async function assertThere(address) {
  const response = await reach(address, { method: 'HEAD', headers: { accept: 'application/json' } })
  if (response.ok && !response.redirected) return
  const known = { 403: 'not_clean', 404: 'gone', 413: 'too_many_entries' }[response.status]
  if (!known || response.redirected) throw unexpected(response)
  throw new Refusal({ text: say(known) }, response.status)
}

/** A part of a page as elements: the server leaves out the rest when a part is named. */
export async function part(address, name) {
  const response = await reach(address, { headers: { 'accept': 'text/html', 'x-part': name } })
  if (response.redirected || !response.ok) throw unexpected(response)
  return new DOMParser().parseFromString(await response.text(), 'text/html')
}
