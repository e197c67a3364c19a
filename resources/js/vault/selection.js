/**
 * Choosing rows, by pointer and keys: the rows' boxes hold the choice, so that it is there for forms too. One row at a time
 * can be reached by Tab; the arrow keys go on from there.
 */
import { entryOf, rowsIn } from './entry.js'

const boxOf = (row) => row.querySelector('input[type=checkbox]')
const isChosen = (row) => boxOf(row).checked

export class Selection {
  #root
  #changed
  /** Where a range begins. */
  #anchor = null
  #current = null
  /** Rows that are marked as chosen. */
  #told = new Set()

  /** @param root element that outlives its rows  @param changed called with the chosen entries */
  constructor(root, changed) {
    this.#root = root
    this.#changed = changed
    root.addEventListener('click', (event) => this.#click(event))
    root.addEventListener('focusin', (event) => {
      const row = event.target.closest?.('tr[data-entry]')
      if (row) this.#makeCurrent(row)
    })
  }

  get rows() {
    return rowsIn(this.#root)
  }

  get chosen() {
    return this.rows.filter(isChosen).map(entryOf)
  }

  get current() {
    return this.#current?.isConnected ? entryOf(this.#current) : null
  }

  /** Takes rows in that have just come: only the current one stays in the order of Tab. */
  adopt(rows = this.rows) {
    for (const row of rows) {
      row.draggable = true
      row.setAttribute('aria-selected', isChosen(row))
      this.#reach(row, row === this.#current)
    }
    if (!this.#current?.isConnected) {
      const [first] = this.rows
      if (first) this.#makeCurrent(first)
    }
    this.tell()
  }

  /** Says what is chosen now. Only rows that changed are touched: there may be ten thousand. */
  tell() {
    const chosen = new Set(
      [...this.#root.querySelectorAll('tr[data-entry] > .pick input:checked')].map((box) =>
        box.closest('tr')
      )
    )
    for (const row of this.#told) if (!chosen.has(row)) row.setAttribute('aria-selected', false)
    for (const row of chosen) row.setAttribute('aria-selected', true)
    this.#told = chosen
    const all = this.#root.querySelector('input[data-all]')
    if (all) {
      const { length } = this.rows
      all.checked = length > 0 && chosen.size === length
      all.indeterminate = chosen.size > 0 && chosen.size < length
    }
    this.#changed([...chosen].map(entryOf))
  }

  only(row) {
    for (const other of this.rows) boxOf(other).checked = other === row
    this.#anchor = row
    this.tell()
  }

  all(on = true) {
    for (const row of this.rows) boxOf(row).checked = on
    this.tell()
  }

  toggle(row) {
    boxOf(row).checked = !isChosen(row)
    this.#anchor = row
    this.tell()
  }

  focus(row = this.#current) {
    if (!row?.isConnected) row = this.rows[0]
    row?.focus({ preventScroll: false })
    return Boolean(row)
  }

  /** Moves to the row that is `by` further (or the first, the last); with `extend` everything between is chosen. */
  move(by, extend = false) {
    const { rows } = this
    if (rows.length === 0) return
    const at = rows.indexOf(this.#current)
    const from = this.#root.contains(document.activeElement) ? at : at - Math.sign(by)
    const to = Math.min(rows.length - 1, Math.max(0, from + by))
    if (extend) this.#range(rows, this.#anchor?.isConnected ? this.#anchor : rows[at], rows[to])
    else this.#anchor = rows[to]
    this.#makeCurrent(rows[to])
    rows[to].focus()
    rows[to].scrollIntoView({ block: 'nearest' })
  }

  #range(rows, anchor, to) {
    const [low, high] = [rows.indexOf(anchor), rows.indexOf(to)].sort((a, b) => a - b)
    rows.forEach((row, at) => (boxOf(row).checked = at >= low && at <= high))
    this.#anchor = anchor
    this.tell()
  }

  #click(event) {
    if (event.target.closest('input[data-all]')) return this.all(event.target.checked)
    const row = event.target.closest('tr[data-entry]')
    if (!row) return
    const box = event.target.closest('input[type=checkbox]')
    const elsewhere = event.target.closest('a, button')
    if (!box && (elsewhere || event.target.closest('label'))) return
    const anchor = this.#anchor?.isConnected ? this.#anchor : row
    if (event.shiftKey) {
      if (box) {
        const on = box.checked
        const { rows } = this
        const [low, high] = [rows.indexOf(anchor), rows.indexOf(row)].sort((a, b) => a - b)
        for (const one of rows.slice(low, high + 1)) boxOf(one).checked = on
        this.tell()
      } else {
        getSelection()?.removeAllRanges()
        this.#range(this.rows, anchor, row)
      }
    } else if (box) {
      this.#anchor = row
      this.tell()
    } else if (event.ctrlKey || event.metaKey) {
      this.toggle(row)
    } else {
      this.only(row)
    }
    this.#makeCurrent(row)
    if (!box) row.focus({ preventScroll: true })
  }

  #makeCurrent(row) {
    if (row === this.#current) return
    if (this.#current) this.#reach(this.#current, false)
    this.#current = row
    this.#anchor ??= row
    this.#reach(row, true)
  }

  #reach(row, can) {
    row.tabIndex = can ? 0 : -1
    for (const inner of row.querySelectorAll('a, button, input')) inner.tabIndex = can ? 0 : -1
  }
}
