/** Files of the upload queue as the page shows them. */
import { number, say, size, timeLeft } from './words.js'

/** More lines at once help nobody. */
const SHOWN = 100
/** With more files than that, what wants attention comes first and what is over last. */
const RANK = ['failed', 'asks', 'lost', 'sending', 'paused', 'waiting', 'skipped', 'done']

/** A file's name, with the folders that it comes in. */
export const labelOf = ({ path, name }) => (path ? `${path}/${name}` : name)

const partOf = ({ bytes, sent, state }) => (bytes > 0 ? sent / bytes : state === 'done' ? 1 : 0)

function saysOf(item) {
  if (item.says) return item.says
  const percent = number(Math.floor(partOf(item) * 100) / 100, { style: 'percent' })
  const { state, bytes, sent, rate, resumed } = item
  switch (state) {
    case 'sending': {
      const facts = [percent, say('sent_of', { sent: size(sent), all: size(bytes) })]
      if (rate > 0) facts.push(`${size(rate)}/s`, timeLeft((bytes - sent) / rate))
      if (resumed > 0) facts.push(say('resumed', { at: size(resumed) }))
      return facts.join(' · ')
    }
    case 'lost':
    case 'paused':
      return `${percent} · ${say(state)}`
    case 'done':
      return `${say('done')} · ${size(bytes)}`
    default:
      return say(state)
  }
}

const rowOf = (item, canRetry) => ({
  id: item.id,
  name: item.name,
  title: labelOf(item),
  state: item.state,
  part: partOf(item),
  says: saysOf(item),
  canRetry,
})

/** Keeps rows what they are where nothing changed: a row costs the page only what is new in it. */
export class Rows {
  #touched = new Set()

  touch(item) {
    this.#touched.add(item)
  }

  /**
   * Brings `store.rows` up to date.
   *
   * @returns words for those that are left out, or nothing
   */
  bring(store, items, canRetry) {
    const all = [...items.values()]
    const shown = all.length > SHOWN ? inRank(all).slice(0, SHOWN) : all
    const known = new Map(store.rows.map((row) => [row.id, row]))
    const isSameOrder =
      shown.length === known.size && shown.every(({ id }, at) => store.rows[at].id === id)
    for (const item of shown) {
      const row = known.get(item.id)
      if (row && this.#touched.has(item)) Object.assign(row, rowOf(item, canRetry(item)))
    }
    this.#touched.clear()
    if (!isSameOrder) {
      store.rows = shown.map((item) => known.get(item.id) ?? rowOf(item, canRetry(item)))
    }
    const left = all.length - shown.length
    return left > 0 ? say('more_files', { count: left }) : ''
  }
}

const inRank = (all) => RANK.flatMap((state) => all.filter((item) => item.state === state))
