import type { Browser, Page } from 'playwright'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PDFDocument, StandardFonts } from '@cantoo/pdf-lib'
import { Readable } from 'node:stream'
import { transaction } from '#transaction'
import type { Access, FileVerdict } from '#vault'
import { modules, staff } from '#tests/seeded_mail'
import { served } from '#tests/served_links'
import { viewerOf } from '#tests/tus_client'
import { PASSWORD } from '#tests/visitor'

export interface Look {
  scheme: 'light' | 'dark'
  width: number
  locale: string
}

/** What a browser should never complain of: our own policy. */
const COMPLAINT = /Content Security Policy|Refused to/

/** A page in a browser of its own, signed in by hand; errors of its scripts and its policy are gathered. */
export async function signedInPage(browser: Browser, email: string, look: Look) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.scheme,
    locale: look.locale,
    baseURL: served().url,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (COMPLAINT.test(message.text())) complaints.push(message.text())
  })
  await signIn(page, email)
  return { page, complaints, close: () => context.close() }
}

export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto('/anmelden')
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.click('main button')
  await page.waitForSelector('.account')
}

/** Somebody of the firm with an empty vault. */
export async function withVault(fullName = 'Anna Berger') {
  const { person } = await staff({ fullName })
  const { vaults } = await modules()
  const access = await vaults.create(viewerOf(person), { name: 'Muster GmbH' })
  return { person, vaults, access, path: `/webtresore/${access.vault.number}` }
}

/** Puts a file into a vault with the scanner's verdict. @returns its id */
export async function fileIn(
  access: Access,
  name: string,
  content: Buffer | string,
  verdict: FileVerdict = 'clean',
  folder: number | null = null
): Promise<number> {
  const { vaults, blobs, db } = await modules()
  const { id, size, sha256, crc32, ...rest } = await blobs.write(
    Readable.from([Buffer.from(content)])
  )
  const put = await transaction(db, async (trx) => {
    await blobs.record(trx, { id, size, sha256, crc32, ...rest })
    const file = { name, type: 'application/octet-stream', blob: id, size, sha256, crc32 }
    return vaults.put(trx, access, folder, file, { conflict: 'replace' })
  })
  const { version, id: entry } = put!.entry
  const detail = verdict === 'infected' ? 'Eicar-Test-Signature' : null
  await transaction(db, (trx) => vaults.verdicts.judge(trx, [version], verdict, detail))
  return entry
}

export async function pdfWith(text: string): Promise<Buffer> {
  const document = await PDFDocument.create()
  const font = await document.embedFont(StandardFonts.Helvetica)
  for (let page = 1; page <= 3; page++) {
    const at = { x: 60, y: 760, size: 22, font }
    document.addPage([595, 842]).drawText(`${text}, Seite ${page}`, at)
  }
  return Buffer.from(await document.save())
}

/** One pixel of PNG. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64'
)

/** Lets go of files above an element, as if they had been dragged there from the desktop. */
export async function dropFiles(
  page: Page,
  selector: string,
  files: { name: string; content: string }[]
): Promise<void> {
  // As text: the types of a browser are not those of Node.
  const transfer = await page.evaluateHandle(`(() => {
    const made = new DataTransfer()
    for (const { name, content } of ${JSON.stringify(files)}) made.items.add(new File([content], name))
    return made
  })()`)
  await page.dispatchEvent(selector, 'dragover', { dataTransfer: transfer })
  await page.dispatchEvent(selector, 'drop', { dataTransfer: transfer })
}

export const sha256 = (content: Buffer | string) =>
  createHash('sha256').update(content).digest('hex')

/** What a press on something downloads. */
export async function downloaded(page: Page, press: () => Promise<unknown>) {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), content: await readFile(await download.path()) }
}

/** The row of an entry whose name begins so. */
export const rowOf = (page: Page, name: string) =>
  page.locator(`tr[data-entry][data-name^="${name}"]`)

export async function shot(page: Page, name: string, { width, scheme, locale }: Look) {
  const folder = process.env.SCREENSHOTS
  if (!folder) return
  const path = `${folder}/${name}-${width}-${scheme}-${locale.slice(0, 2)}.png`
  await page.screenshot({ path, fullPage: !(await page.locator('dialog[open]').count()) })
}
