import type { CDPSession, Locator, Page } from 'playwright'
import { assertFocusShows, focusOf } from './focus.ts'

/** How somebody uses a page: the same deeds by mouse, by keys, by fingers. */
export interface Hand {
  press(target: Locator): Promise<void>
  write(field: Locator, text: string): Promise<void>
  choose(field: Locator, value: string): Promise<void>
  /** Ticks a row of the list, or no longer. */
  tick(row: Locator): Promise<void>
  /** A tool of the vault, by its command. */
  tool(command: string): Promise<void>
  /** A way to another page among the tools, by its words. */
  link(words: string): Promise<void>
  /** An item of a tree. */
  point(tree: Locator, name: string): Promise<void>
  /** Opens what a row is about: the folder, the preview, the details. */
  enter(row: Locator): Promise<void>
  /** Brings files from the disk. */
  bring(paths: string[]): Promise<void>
}

const itemOf = (tree: Locator, name: string) => tree.getByRole('treeitem', { name })

export class Mouse implements Hand {
  readonly #page: Page
  #devtools: CDPSession | undefined

  constructor(page: Page) {
    this.#page = page
  }

  async press(target: Locator) {
    await target.click()
  }

  async write(field: Locator, text: string) {
    await field.fill(text)
  }

  async choose(field: Locator, value: string) {
    await field.selectOption(value)
  }

  async tick(row: Locator) {
    await row.getByRole('checkbox').click()
  }

  async tool(command: string) {
    await this.#page.locator(`.tools [data-command=${command}]`).click()
  }

  async enter(row: Locator) {
    await row.getByRole('link').click()
  }

  /** Drags files from the desktop onto the blue area, as the browser's window system hands them over. */
  async bring(paths: string[]) {
    this.#devtools ??= await this.#page.context().newCDPSession(this.#page)
    const box = (await this.#page.locator('.drop').boundingBox())!
    const at = { x: box.x + box.width / 2, y: box.y + box.height - 6 }
    const data = { items: [], files: paths, dragOperationsMask: 1 }
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await this.#devtools.send('Input.dispatchDragEvent', { type, ...at, data })
    }
  }

  async link(words: string) {
    await this.#page.locator('.tools').getByRole('link', { name: words }).click()
  }

  async point(tree: Locator, name: string) {
    await itemOf(tree, name).click()
  }
}

/** Nothing but keys. Wherever the focus comes by it must be seen, and it is never lost. */
export class Keyboard implements Hand {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async press(target: Locator) {
    await this.#reach(target)
    await this.#page.keyboard.press('Enter')
  }

  async write(field: Locator, text: string) {
    await this.#reach(field)
    await this.#page.keyboard.press('Control+a')
    await this.#page.keyboard.type(text)
  }

  /** First letters choose in a list. */
  async choose(field: Locator, value: string) {
    await this.#reach(field)
    const label = await field.locator(`option[value=${value}]`).textContent()
    await this.#page.keyboard.type(label!.trim().slice(0, 8))
    const chosen = await field.inputValue()
    if (chosen !== value) throw new Error(`Typing chose ${chosen} instead of ${value}`)
  }

  async tick(row: Locator) {
    await this.#walkTo(row)
    await this.#page.keyboard.press('Space')
  }

  /** What has a key is done by it; the rest by its tool. */
  async tool(command: string) {
    const key = { rename: 'F2', remove: 'Delete' }[command]
    if (key) await this.#page.keyboard.press(key)
    else await this.press(this.#page.locator(`.tools [data-command=${command}]`))
  }

  async enter(row: Locator) {
    await this.#walkTo(row)
    await this.#page.keyboard.press('Enter')
  }

  async bring(paths: string[]) {
    await this.#reach(this.#page.locator('.drop [data-command=upload]'))
    const [chooser] = await Promise.all([
      this.#page.waitForEvent('filechooser'),
      this.#page.keyboard.press('Space'),
    ])
    await chooser.setFiles(paths)
  }

  async link(words: string) {
    await this.press(this.#page.locator('.tools').getByRole('link', { name: words }))
  }

  async point(tree: Locator, name: string) {
    await itemOf(tree, name).waitFor()
    await this.#reach(tree)
    const chosen = tree.locator('[aria-selected=true]')
    for (let steps = 0; (await chosen.textContent())?.trim() !== name; steps++) {
      if (steps > 50) throw new Error(`The arrow keys do not come to ${name}`)
      await this.#page.keyboard.press('ArrowDown')
    }
  }

  /** Tab until the focus is there. */
  async #reach(target: Locator) {
    await target.waitFor()
    for (let steps = 0; steps < 150; steps++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) {
        return assertFocusShows(this.#page)
      }
      await this.#page.keyboard.press('Tab')
      await assertFocusShows(this.#page, { mayLeave: true })
    }
    throw new Error(`Tab does not come to ${target}`)
  }

  /** To a row by the arrow keys, once the focus is in the list. */
  async #walkTo(row: Locator) {
    const name = await row.getAttribute('data-name')
    const inList = () => focusOf(this.#page).then(({ row: at }) => at)
    for (let steps = 0; (await inList()) === null; steps++) {
      if (steps > 150) throw new Error('Tab does not come to the list')
      await this.#page.keyboard.press('Tab')
      await assertFocusShows(this.#page, { mayLeave: true })
    }
    await this.#page.keyboard.press('Home')
    for (let steps = 0; (await inList()) !== name; steps++) {
      if (steps > 50) throw new Error(`The arrow keys do not come to ${name}`)
      await this.#page.keyboard.press('ArrowDown')
      await assertFocusShows(this.#page)
    }
  }
}

export class Finger implements Hand {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  async press(target: Locator) {
    await target.tap()
  }

  async write(field: Locator, text: string) {
    await field.tap()
    await field.fill(text)
  }

  async choose(field: Locator, value: string) {
    await field.selectOption(value)
  }

  async tick(row: Locator) {
    await row.locator('.pick label').tap()
  }

  /** What has no room among the tools is in the menu. */
  async tool(command: string) {
    const tool = this.#page.locator(`.tools [data-command=${command}]`)
    if (await tool.isVisible()) return tool.tap()
    await this.#page.locator('.tools .more').tap()
    await this.#page.locator(`#menu [data-command=${command}]`).tap()
  }

  async enter(row: Locator) {
    await row.getByRole('link').tap()
  }

  async bring(paths: string[]) {
    const [chooser] = await Promise.all([
      this.#page.waitForEvent('filechooser'),
      this.#page.locator('.drop [data-command=upload]').tap(),
    ])
    await chooser.setFiles(paths)
  }

  async link(words: string) {
    const link = this.#page.locator('.tools').getByRole('link', { name: words })
    if (await link.isVisible()) return link.tap()
    await this.#page.locator('.tools .more').tap()
    await this.#page.getByRole('menuitem', { name: words }).tap()
  }

  async point(tree: Locator, name: string) {
    await itemOf(tree, name).tap()
  }
}
