import type { Browser, Page } from 'playwright'
import { axe, overflow, stands } from '../../axe.ts'
import { assertFocusShows, focusOf } from './focus.ts'
import { Finger, Keyboard, Mouse, type Hand } from './hands.ts'
import { smallTargets } from './targets.ts'
import { foreignWords, pageText, worded, type Language } from './wording.ts'

export type Means = 'mouse' | 'keyboard' | 'finger'

const hands = { mouse: Mouse, keyboard: Keyboard, finger: Finger }

/** What a browser should never complain of: errors of our scripts, and our own policy. */
const COMPLAINT = /Content Security Policy|Refused to/

/** What does not come within so many milliseconds does not come. */
const PATIENCE = 15_000

/** Somebody at a browser of his own. */
export class Traveller {
  readonly page: Page
  readonly hand: Hand
  /** What was found wrong on the way. */
  readonly complaints: string[] = []
  readonly #means: Means
  readonly #language: Language
  readonly #usesAxe: boolean
  /** Words that people of the journey have typed: they may stand in any language. */
  readonly #typed: string[]

  private constructor(page: Page, journey: JourneyFacts) {
    this.page = page
    this.#means = journey.means
    this.#language = journey.language
    this.#usesAxe = journey.usesAxe
    this.#typed = journey.typed
    this.hand = new hands[journey.means](page)
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (COMPLAINT.test(message.text())) this.complaints.push(message.text())
    })
  }

  static async setOut(browser: Browser, journey: JourneyFacts): Promise<Traveller> {
    const isPhone = journey.means === 'finger'
    const context = await browser.newContext({
      baseURL: journey.url,
      locale: journey.language === 'de' ? 'de-DE' : 'en-GB',
      viewport: isPhone ? { width: 390, height: 844 } : { width: 1280, height: 900 },
      hasTouch: isPhone,
      isMobile: isPhone,
      reducedMotion: 'reduce',
      acceptDownloads: true,
    })
    context.setDefaultTimeout(PATIENCE)
    return new Traveller(await context.newPage(), journey)
  }

  /** Words of the product in the traveller's language. */
  say(key: string, values?: Record<string, string | number>): string {
    return worded(this.#language, key, values)
  }

  button(key: string, values?: Record<string, string | number>) {
    return this.page.getByRole('button', { name: this.say(key, values), exact: true })
  }

  link(key: string, values?: Record<string, string | number>) {
    return this.page.getByRole('link', { name: this.say(key, values), exact: true })
  }

  field(key: string) {
    return this.page.getByLabel(this.say(key), { exact: true })
  }

  row(name: string) {
    return this.page.locator(`tr[data-entry][data-name="${name}"]`)
  }

  /** Looks at the page as it stands: language, width, sizes, and what axe says of it, light and dark. */
  async sees(name: string): Promise<void> {
    const { page } = this
    await stands(page)
    const notes = (what: string, found: string[]) =>
      this.complaints.push(...found.map((one) => `${name}: ${what}: ${one}`))
    notes('foreign word', foreignWords(this.#language, await pageText(page), this.#typed))
    if ((await overflow(page)) > 0) notes('width', ['scrolls sideways'])
    if (this.#means === 'finger') notes('hard to hit', await smallTargets(page))
    await this.#shoot(name, 'light')
    if (!this.#usesAxe) return
    notes('light', await axe(page))
    await page.emulateMedia({ colorScheme: 'dark' })
    notes('dark', await axe(page, ['color-contrast']))
    await this.#shoot(name, 'dark')
    await page.emulateMedia({ colorScheme: 'light' })
  }

  /** After something was done the focus is somewhere, for who needs it. */
  async rests(): Promise<void> {
    if (this.#means !== 'keyboard') return
    // What goes keeps it until the next frame.
    const settled = async () => {
      const { what, wrong } = await focusOf(this.page)
      return what !== 'body' && !wrong
    }
    for (let frames = 0; frames < 20 && !(await settled()); frames++) {
      await this.page.evaluate('new Promise(requestAnimationFrame)')
    }
    await assertFocusShows(this.page)
  }

  async #shoot(name: string, scheme: string) {
    const folder = process.env.SCREENSHOTS
    if (!folder) return
    const path = `${folder}/${this.#means}-${this.#language}-${scheme}-${name}.png`
    await this.page.screenshot({ path })
  }

  close() {
    return this.page.context().close()
  }
}

export interface JourneyFacts {
  url: string
  means: Means
  language: Language
  typed: string[]
  /** Each state is seen by axe, which takes half of the time. */
  usesAxe: boolean
}
