import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright'
import server from '@adonisjs/core/services/server'

/** Files on the disk that a person chooses; what a browser is handed from memory is another file after each reload. */
export class Desk {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(cleanup: (work: () => Promise<void>) => void): Promise<Desk> {
    const desk = new Desk(await mkdtemp(join(tmpdir(), 'webtresor-desk-')))
    cleanup(() => rm(desk.#folder, { recursive: true, force: true }))
    return desk
  }

  path(name: string): string {
    return join(this.#folder, name)
  }

  /** @returns its path */
  async put(name: string, content: number | string | Buffer): Promise<string> {
    const path = this.path(name)
    await writeFile(path, typeof content === 'number' ? randomBytes(content) : content)
    return path
  }
}

/** The line of a page, which can be made thin. */
export class Line {
  readonly #session: CDPSession

  private constructor(session: CDPSession) {
    this.#session = session
  }

  static async of(page: Page): Promise<Line> {
    return new Line(await page.context().newCDPSession(page))
  }

  /** @param bytes up in a second; -1 as much as goes */
  limit(bytes: number): Promise<void> {
    return this.#be({ offline: false, uploadThroughput: bytes })
  }

  /** Breaks it: what is on its way too, which Chromium alone would let through. */
  async cut(): Promise<void> {
    await this.#be({ offline: true, uploadThroughput: -1 })
    server.getNodeServer()!.closeAllConnections()
  }

  async #be(conditions: { offline: boolean; uploadThroughput: number }): Promise<void> {
    const rest = { latency: 0, downloadThroughput: -1 }
    await this.#session.send('Network.emulateNetworkConditions', { ...rest, ...conditions })
  }
}

export const chooseFiles = (page: Page, paths: string[]) =>
  page.setInputFiles('#upload-files', paths)

/** The line of the upload panel for a file. */
export const lineOf = (page: Page, name: string) =>
  page.locator('.queue li').filter({ has: page.locator(`bdi[title="${name}"]`) })

/** Waits until a file of the upload panel is in a state: `sending`, `paused`, `lost`, `done`, `failed`, `skipped`. */
export const become = (page: Page, name: string, state: string) =>
  lineOf(page, name)
    .and(page.locator(`.${state}`))
    .waitFor()

/** How much of a file went up, as its bar shows it: 0 to 1. */
export const shareOf = (page: Page, name: string) =>
  lineOf(page, name)
    .locator('progress')
    .evaluate((bar) => (bar as unknown as { value: number }).value)

/** Waits until some of a file is on its way. */
export async function moving(page: Page, name: string, share = 0.05): Promise<void> {
  await become(page, name, 'sending')
  while ((await shareOf(page, name)) < share) await pause(50)
}

/** Presses a button of one line, or of the whole panel. */
export const press = (page: Page, button: string, name?: string) =>
  (name === undefined ? page.locator('.queue > footer') : lineOf(page, name))
    .getByRole('button', { name: button, exact: true })
    .click()

/** Lets go of files and folders of the disk above an element. */
export async function dropFromDesk(page: Page, selector: string, paths: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const box = (await page.locator(selector).first().boundingBox())!
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  const data = { items: [], files: paths, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...at, data })
  }
}
