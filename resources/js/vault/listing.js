/**
 * The list as the server renders it. Its part of the page is asked for again and merged in place: rows that did not change stay
 * the elements they are, with choice, focus and scroll position.
 */
import { part } from './server.js'
import { rowsIn } from './entry.js'

/** Up to so many rows the whole list is asked for again; beyond, only the rows that are known to have changed. */
const WHOLE = 500
/** Further rows are fetched this far before the reader gets there. */
const AHEAD = '1600px'
/** Ids in one address. */
const AT_ONCE = 100

export class Listing {
  /** The part of the page with path, list and what comes below: `#region`. */
  #region
  #adopt
  #seen = new WeakMap()
  #watcher
  #busy = Promise.resolve()
  #generation = 0

  /** @param adopt called with rows that are new on the page */
  constructor(region, adopt) {
    this.#region = region
    this.#adopt = adopt
    this.#watcher = new IntersectionObserver(([seen]) => seen.isIntersecting && this.more(), {
      rootMargin: AHEAD,
    })
    this.#remember(this.rows)
    this.#watch()
  }

  get rows() {
    return rowsIn(this.#region)
  }

  get facts() {
    return this.#region.dataset
  }

  get pending() {
    return this.rows.filter((row) => row.dataset.state === 'pending').map(idOf)
  }

  /** Shows another folder or order, and writes the address into the history. */
  async visit(href, { push = true } = {}) {
    const generation = ++this.#generation
    const page = await part(href, 'region')
    if (generation !== this.#generation) return false
    // What was asked for meanwhile is about the folder that is left now.
    this.#generation++
    if (push) history.pushState({ files: true }, '', href)
    const fresh = page.getElementById('region')
    for (const name of Object.keys(this.#region.dataset)) delete this.#region.dataset[name]
    Object.assign(this.#region.dataset, fresh.dataset)
    this.#region.replaceChildren(...fresh.childNodes)
    document.title = fresh.dataset.title
    this.#mergeSpace(page)
    this.#remember(this.rows)
    this.#watch()
    this.#adopt(this.rows)
    return true
  }

  /** The next rows, when there are any. */
  more() {
    return this.#inTurn(async (generation) => {
      const next = this.#region.querySelector('.rest a[rel=next]')
      if (!next) return
      const page = await part(next.href, 'region')
      if (generation !== this.#generation) return
      const have = new Set(this.rows.map(idOf))
      const rows = rowsIn(page).filter((row) => !have.has(idOf(row)))
      this.#body.append(...rows)
      this.#remember(rows)
      this.#region.querySelector('.rest')?.replaceWith(page.querySelector('.rest') ?? '')
      this.#watch()
      this.#adopt(rows)
    })
  }

  /**
   * Brings the list up to date.
   *
   * @param ids entries that changed, as far as known
   */
  refresh(ids = []) {
    return this.#inTurn(async (generation) => {
      const count = this.rows.length
      const address = new URL(location.href)
      address.searchParams.delete('nach')
      if (count <= WHOLE) address.searchParams.set('anzahl', Math.max(count, 1))
      else if (ids.length === 0) return
      else address.searchParams.set('nur', ids.slice(0, AT_ONCE).join(','))
      const page = await part(address, 'region')
      if (generation !== this.#generation) return
      this.#mergeSpace(page)
      if (count <= WHOLE) this.#mergeAll(page)
      else this.#mergeSome(page, ids.slice(0, AT_ONCE))
    })
  }

  get #body() {
    return this.#region.querySelector('tbody')
  }

  /** Asks one after the other: an older answer never overwrites a newer one. */
  #inTurn(work) {
    const generation = this.#generation
    const turn = this.#busy.then(() => generation === this.#generation && work(generation))
    this.#busy = turn.catch(() => {})
    return turn
  }

  #mergeAll(page) {
    const fresh = page.getElementById('region')
    const body = fresh.querySelector('tbody')
    if (!body || !this.#body) {
      this.#region.replaceChildren(...fresh.childNodes)
      this.#remember(this.rows)
      this.#watch()
      return this.#adopt(this.rows)
    }
    const old = new Map(this.rows.map((row) => [idOf(row), row]))
    const come = []
    let place = this.#body.firstElementChild
    for (const row of rowsIn(body)) {
      const known = old.get(idOf(row))
      old.delete(idOf(row))
      const kept = known ? this.#renew(known, row) : row
      if (!known) come.push(this.#greet(row))
      if (kept === place) place = place.nextElementSibling
      else this.#body.insertBefore(kept, place)
    }
    this.#leave([...old.values()])
    this.#region.querySelector('.rest')?.replaceWith(fresh.querySelector('.rest') ?? '')
    this.#watch()
    this.#adopt(come)
  }

  #mergeSome(page, ids) {
    const fresh = new Map(rowsIn(page).map((row) => [idOf(row), row]))
    const come = []
    const gone = []
    for (const row of this.rows) {
      const next = fresh.get(idOf(row))
      fresh.delete(idOf(row))
      if (next) this.#renew(row, next)
      else if (ids.includes(idOf(row))) gone.push(row)
    }
    for (const row of fresh.values()) come.push(this.#greet(row))
    this.#body.prepend(...come)
    this.#leave(gone)
    this.#adopt(come)
  }

  /** Takes over what the server says now; the box and the focus are the reader's. */
  #renew(row, fresh) {
    const text = fresh.outerHTML
    if (this.#seen.get(row) === text) return row
    this.#seen.set(row, text)
    const box = row.querySelector('input[type=checkbox]')
    const within = row.contains(document.activeElement) && document.activeElement !== row
    const again = within ? pathTo(row, document.activeElement) : null
    for (const { name, value } of fresh.attributes) {
      if (name.startsWith('data-')) row.setAttribute(name, value)
    }
    for (const name of row.getAttributeNames()) {
      if (name.startsWith('data-') && !fresh.hasAttribute(name)) row.removeAttribute(name)
    }
    row.replaceChildren(...fresh.childNodes)
    row.querySelector('input[type=checkbox]').checked = box.checked
    const reachable = row.tabIndex === 0 ? 0 : -1
    for (const inner of row.querySelectorAll('a, button, input')) inner.tabIndex = reachable
    if (again) row.querySelector(again)?.focus({ preventScroll: true })
    return row
  }

  #greet(row) {
    this.#remember([row])
    row.classList.add('fresh')
    return row
  }

  /** Takes rows away; the focus goes to the next one that stays. */
  #leave(rows) {
    for (const row of rows) {
      if (row.contains(document.activeElement)) {
        const next = row.nextElementSibling ?? row.previousElementSibling
        row.remove()
        next?.focus({ preventScroll: true })
      } else {
        row.remove()
      }
    }
  }

  #mergeSpace(page) {
    const now = document.getElementById('space')
    const fresh = page.getElementById('space')
    if (now && fresh && now.outerHTML !== fresh.outerHTML) now.replaceWith(fresh)
  }

  #remember(rows) {
    for (const row of rows) this.#seen.set(row, row.outerHTML)
  }

  #watch() {
    this.#watcher.disconnect()
    const next = this.#region.querySelector('.rest a[rel=next]')
    if (next) this.#watcher.observe(next)
  }
}

const idOf = (row) => Number(row.dataset.entry)

/** A selector that finds the same control again after its row was renewed. */
function pathTo(row, element) {
  if (element.matches('input')) return 'input'
  return element.matches('button') ? 'button' : 'a'
}
