import type { Page } from 'playwright'

export interface Focus {
  /** Tag, id and words of what has the focus; `body` when nothing has. */
  what: string
  /** Name of the row it is in, if any. */
  row: string | null
  /** What is wrong with how it shows, or nothing. */
  wrong: string
}

/** Where the focus is, and whether one can see it: an outline or a ring, in view, under nothing else (WCAG 2.4.7, 2.4.11). */
export function focusOf(page: Page): Promise<Focus> {
  return page.evaluate<Focus>(`(() => {
    const at = document.activeElement ?? document.body
    const words = at.getAttribute('aria-label') ?? at.textContent ?? ''
    const what = at === document.body
      ? 'body'
      : at.tagName.toLowerCase() + (at.id ? '#' + at.id : '') + ' ' + words.trim().replace(/\\s+/g, ' ').slice(0, 40)
    const row = at.closest('tr[data-entry]')?.dataset.name ?? null
    if (at === document.body) return { what, row, wrong: '' }
    const style = getComputedStyle(at)
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
    const shadow = style.boxShadow !== 'none'
    const box = at.getBoundingClientRect()
    const sees = (x, y) => {
      const top = document.elementFromPoint(x, y)
      return top && (at.contains(top) || top.contains(at) || top.closest('label')?.contains(at))
    }
    const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
    const points = [0.5, 0.05, 0.95].map((part) => [box.left + box.width * part, box.top + box.height * part])
    const wrong = !ring && !shadow ? 'shows no ring'
      : !inView ? 'is out of view'
      : !points.some(([x, y]) => sees(x, y)) ? 'lies under something'
      : ''
    return { what, row, wrong }
  })()`)
}

/** @param mayLeave Tab has just been pressed, which leads out of the page after its last control */
export async function assertFocusShows(page: Page, { mayLeave = false } = {}): Promise<void> {
  const { what, wrong } = await focusOf(page)
  if (what === 'body' && !mayLeave) throw new Error(`The focus is lost on ${page.url()}`)
  if (wrong) throw new Error(`The focus on "${what}" ${wrong}`)
}
