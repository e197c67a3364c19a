import { Recipient } from './e2e/recipient.ts'

/** An account's way into a product that runs as a process of its own, as a program goes it. */
export interface UploadDoor {
  url: string
  /** Number of a vault. */
  vault: number
  /** With these an upload is let in. */
  headers: Record<string, string>
  /** Signed in. */
  browser: Recipient
}

/**
 * Sets the first administrator up, who makes a vault, and gets a ticket for it.
 *
 * @param banner what the server said at its start
 */
export async function uploadDoor(url: string, banner: string): Promise<UploadDoor> {
  const browser = new Recipient()
  const setup = new URL(/http\S+\/einrichten\/\S+/.exec(banner)![0]).pathname
  await submit(browser, `${url}${setup}`, {
    email: 'boss@firm.example',
    full_name: 'Bernd Chef',
    password: 'korrekt pferd batterie',
  })
  const made = await submit(browser, `${url}/webtresore`, { name: 'Mandant Meier' })
  const vault = Number(made.headers.get('location')!.split('/').at(-1))
  const page = await browser.page(`${url}/webtresore`)
  const given = await browser.request(`${url}/webtresore/${vault}/hochladen/ausweis`, {
    method: 'POST',
    headers: { 'x-csrf-token': tokenIn(page) },
  })
  const { ticket } = (await given.json()) as { ticket: string }
  return { url, vault, headers: { Authorization: `Bearer ${ticket}` }, browser }
}

export const tokenIn = (page: string) => /name='_csrf' value='([^']+)'/.exec(page)![1]!

async function submit(browser: Recipient, address: string, fields: Record<string, string>) {
  const page = await browser.page(address)
  return browser.request(address, {
    method: 'POST',
    body: new URLSearchParams({ _csrf: tokenIn(page), ...fields }),
  })
}
