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
/** Rows of a group. */
const GROUP = 200
/** Rows in one answer when all are wanted. */
const MOST = 1000

export class Listing {
  /** The part of the page with path, list and what comes below: `#region`. */
  #region
  #adopt
  #seen = new WeakMap()
  #watcher
  #busy = Promise.resolve()
  #generation = 0
  /** Ids of entries whose place could not be told; they are asked about once more with the next change. */
  #waiting = new Set()

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
    this.#waiting.clear()
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

  /** Whether there are rows that are not on the page yet. */
  get hasMore() {
    return this.#next !== null
  }

  get #next() {
    return this.#region.querySelector('.rest a[rel=next]')
  }

  /** All rows to the last. @returns false when the reader went elsewhere meanwhile */
  async all() {
    const generation = this.#generation
    while (this.hasMore && generation === this.#generation) await this.more(MOST)
    return generation === this.#generation
  }

  /** The next rows, when there are any. @param count at least so many of them */
  more(count) {
    return this.#inTurn(async (generation) => {
      const next = this.#next
      if (!next) return
      const address = new URL(next.href)
      if (count) address.searchParams.set('anzahl', count)
      const page = await part(address, 'region')
      if (generation !== this.#generation) return
      const have = new Set(this.rows.map(idOf))
      const rows = rowsIn(page).filter((row) => !have.has(idOf(row)))
      this.#append(rows)
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
      const address = this.#address()
      if (ids.length === 0 && count > WHOLE) return
      if (count <= WHOLE) return this.#whole(Math.max(count, 1), generation)
      const changed = [...new Set([...ids, ...this.#waiting])]
      this.#waiting.clear()
      for (let at = 0; at < changed.length; at += AT_ONCE) {
        const some = changed.slice(at, at + AT_ONCE)
        address.searchParams.set('nur', some.join(','))
        const page = await part(address, 'region')
        if (generation !== this.#generation) return
        this.#mergeSome(page, some)
      }
    })
  }

  /**
   * After a time in which changes were not heard of: of a long list the rows behind the first thousand are fetched anew
   * when they are wanted.
   */
  catchUp() {
    return this.#inTurn((generation) =>
      this.#whole(Math.min(Math.max(this.rows.length, 1), MOST), generation)
    )
  }

  /** The page from its first row on. */
  #address() {
    const address = new URL(location.href)
    address.searchParams.delete('nach')
    return address
  }

  async #whole(count, generation) {
    const address = this.#address()
    address.searchParams.set('anzahl', count)
    const page = await part(address, 'region')
    if (generation === this.#generation) this.#mergeAll(page)
  }

  /** The last group of rows. */
  get #body() {
    return this.#region.querySelector('tbody:last-of-type')
  }

  /**
   * In groups of their own, which the browser passes over as a whole where they are not in view: to look at ten thousand rows, each
   * by itself, would take it longer than a frame.
   */
  #append(rows) {
    for (let at = 0; at < rows.length; at += GROUP) {
      const group = this.#body.cloneNode(false)
      const some = rows.slice(at, at + GROUP)
      group.style.setProperty('--rows', some.length)
      group.append(...some)
      this.#body.after(group)
    }
  }

  /** Asks one after the other: an older answer never overwrites a newer one. */
  #inTurn(work) {
    const generation = this.#generation
    const turn = this.#busy.then(() => generation === this.#generation && work(generation))
    this.#busy = turn.catch(() => {})
    return turn
  }

  #mergeAll(page) {
    this.#mergeSpace(page)
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
    let [place] = this.rows
    for (const row of rowsIn(body)) {
      const known = old.get(idOf(row))
      old.delete(idOf(row))
      const kept = known ? this.#renew(known, row) : row
      if (!known) come.push(this.#greet(row))
      if (kept === place) place = behind(place)
      else this.#put(kept, place)
    }
    this.#leave([...old.values()])
    this.#region.querySelector('.rest')?.replaceWith(fresh.querySelector('.rest') ?? '')
    this.#watch()
    this.#adopt(come)
  }

  #mergeSome(page, ids) {
    this.#mergeSpace(page)
    const fresh = new Map(rowsIn(page).map((row) => [idOf(row), row]))
    const known = new Map(this.rows.map((row) => [idOf(row), row]))
    const come = []
    const gone = ids.filter((id) => known.has(id) && !fresh.has(id)).map((id) => known.get(id))
    const places = new Map(JSON.parse(page.getElementById('region').dataset.places || '[]'))
    for (const id of inOrder(places)) {
      const row = known.get(id)
      const before = known.get(places.get(id)) ?? null
      if (before === null && this.hasMore) {
        // It belongs to what is not on the page yet, and comes with that; or the next one is as new, and is heard of later.
        if (row) gone.push(row)
        if (this.#waiting.size < AT_ONCE) this.#waiting.add(id)
        continue
      }
      const placed = row ? this.#renew(row, fresh.get(id)) : this.#greet(fresh.get(id))
      if (!row) come.push(placed)
      known.set(id, placed)
      if (!placed.isConnected || behind(placed) !== before) this.#put(placed, before)
    }
    for (const [id, row] of fresh) {
      if (!places.has(id) && known.has(id)) this.#renew(known.get(id), row)
    }
    this.#leave(gone)
    this.#adopt(come)
  }

  /** @param before the row that is to follow it, or null at the end */
  #put(row, before) {
    if (before) before.before(row)
    else this.#body.append(row)
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
        const next = behind(row) ?? row.previousElementSibling
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
    if (this.#next) this.#watcher.observe(this.#next)
  }
}

/** The row that follows one, in its group or the next. */
function behind(row) {
  let group = row.parentNode
  let next = row.nextElementSibling
  while (!next && group.nextElementSibling) {
    group = group.nextElementSibling
    next = group.firstElementChild
  }
  return next
}

const idOf = (row) => Number(row.dataset.entry)

/**
 * Ids in an order in which each can be put before the next one.
 *
 * @param places id to that of the next one, null for the last
 */
function inOrder(places) {
  const order = new Set()
  for (const id of places.keys()) {
    const chain = []
    let at = id
    for (; places.has(at) && !order.has(at) && !chain.includes(at); at = places.get(at))
      chain.push(at)
    for (const one of chain.reverse()) order.add(one)
  }
  return order
}

/** A selector that finds the same control again after its row was renewed. */
function pathTo(row, element) {
  if (element.matches('input')) return 'input'
  return element.matches('button') ? 'button' : 'a'
}
