/**
 * Uploads under way: store `queue`. Uppy and tus are fetched when the first file comes. One queue for the whole page: it goes on
 * while one looks into other folders.
 *
 * A file is waiting, sending, lost (the connection broke, and it goes on by itself), paused, asks (its name is taken), done, failed
 * or skipped. Files are kept beside the store, in sums that each change adjusts, and what is shown is brought up to date a few
 * times a second: thousands of them are no more work for the page than three.
 */
import { askAboutNames } from './conflicts.js'
import { Pace } from './pace.js'
import { labelOf, Rows } from './queue_rows.js'
import { say, size, timeLeft } from './words.js'

/** What is shown is renewed this often, and so is the speed, in milliseconds. */
const SHOWN_EVERY = 120
const MEASURED_EVERY = 1000
/** The list is told of finished files at most this often. */
const TELL_EVERY = 700
/** Names that are taken are asked about together, as far as they come together. */
const GATHER = 150

const RUNNING = ['waiting', 'sending', 'lost', 'paused', 'asks']
const isRunning = ({ state }) => RUNNING.includes(state)
const isMoving = ({ state }) => isRunning({ state }) && state !== 'asks'
const counts = ({ state }) => state !== 'failed' && state !== 'skipped'

const keyOf = (file, path, { vault, folder }) =>
  JSON.stringify([vault, folder, path, file.name, file.size, file.lastModified])

export function queue() {
  let uppy
  let done = () => {}
  /** What was answered for all names that are taken, while the queue runs. */
  let standing = ''
  /** Names are asked about one bunch after the other. */
  let turn = Promise.resolve()
  const items = new Map()
  const states = {}
  const sum = { bytes: 0, sent: 0 }
  const pace = new Pace()
  const rows = new Rows()
  const finished = new Map()
  const timers = {}

  const count = (...names) => names.reduce((all, name) => all + (states[name] ?? 0), 0)
  const some = (test) => [...items.values()].filter(test)

  function weigh(item, sign) {
    states[item.state] = count(item.state) + sign
    if (!counts(item)) return
    sum.bytes += sign * item.bytes
    sum.sent += sign * item.sent
  }

  function later(name, wait, work) {
    timers[name] ??= setTimeout(() => {
      timers[name] = undefined
      work()
    }, wait)
  }

  return {
    /** What is shown: { id, name, title, state, part, says, canRetry }, and how many more there are. */
    rows: [],
    more: '',
    length: 0,
    open: true,
    isRunning: false,
    isPaused: false,
    hasFailed: false,
    title: '',
    progress: '',
    part: 0,

    /** @param listener called with the folder in which files have come to lie, and the addresses of their uploads */
    onDone(listener) {
      done = listener
    },

    /**
     * @param files { file, path } as dropped.js finds them
     * @param goal { vault, folder }: number, and id or ''
     */
    async add(files, goal) {
      if (!this.isRunning) {
        standing = ''
        this.putAway(({ state }) => state !== 'failed')
      }
      this.open = true
      try {
        uppy ??= (await import('./uploader.js')).uploader(this.events())
      } catch {
        for (const { file, path } of files) {
          this.enter({ id: keyOf(file, path, goal), file, path, goal, state: 'failed' })
        }
        return
      }
      let come = 0
      for (const { file, path } of files) {
        const id = uppy.add(file, path, goal)
        if (id) come++
        if (id) this.enter({ id, file, path, goal, state: 'waiting' })
        else this.comeAgain(keyOf(file, path, goal))
      }
      if (come > 0) uppy.start()
      this.show()
    },

    enter({ id, file, path, goal, state }) {
      const [old, says] = [items.get(id), state === 'failed' ? say('no_connection') : '']
      if (old) this.leave(old)
      const { name, size: bytes } = file
      const key = keyOf(file, path, goal)
      const item = { id, key, name, path, bytes, sent: 0, state, says, folder: goal.folder }
      items.set(id, { ...item, pace: new Pace(), rate: 0, resumed: 0, answer: '' })
      weigh(items.get(id), 1)
      this.soon()
    },

    leave(item) {
      weigh(item, -1)
      items.delete(item.id)
      this.soon()
    },

    /** The same file once more, for the same place: where it had failed that is another try. */
    comeAgain(key) {
      for (const item of items.values()) {
        if (item.key === key && item.state === 'failed') this.retry(item.id)
      }
    },

    change(item, facts) {
      weigh(item, -1)
      Object.assign(item, facts)
      weigh(item, 1)
      rows.touch(item)
      this.soon()
    },

    /** What the uploader tells. */
    events() {
      const known = (deed) => (id, what) => items.has(id) && deed(items.get(id), what)
      return {
        sending: known((item, sent) => this.sending(item, sent)),
        resumed: known((item, sent) => {
          if (item.sent === 0) this.change(item, { sent, resumed: sent })
        }),
        lost: known((item) => {
          if (item.state !== 'paused') this.change(item, { state: 'lost' })
        }),
        done: known((item, address) => this.arrived(item, address)),
        failed: known((item, refusal) => this.failed(item, refusal)),
      }
    },

    sending(item, sent) {
      if (!['waiting', 'sending', 'lost'].includes(item.state)) return
      const came = sent - item.sent
      if (came > 0) {
        item.pace.add(came)
        pace.add(came)
      }
      this.change(item, { state: 'sending', sent })
    },

    arrived(item, address) {
      this.change(item, { state: 'done', sent: item.bytes, says: '' })
      const folder = finished.get(item.folder) ?? []
      finished.set(item.folder, [...folder, address])
      later('tell', TELL_EVERY, () => {
        for (const [where, addresses] of finished) done(where, addresses)
        finished.clear()
      })
    },

    failed(item, { code, message, facts = {} }) {
      const names = facts.names ?? [item.name]
      // Otherwise a folder has the name, or a file one of the folders on the way, and nothing takes its place.
      const isAskable = item.answer === '' && names.some((name) => isSame(name, item.name))
      if (code !== 'E_NAME_TAKEN' || !isAskable) {
        return this.change(item, { state: 'failed', says: message })
      }
      this.change(item, { state: 'asks' })
      later('ask', GATHER, () => {
        turn = turn.then(() => this.askAll()).catch(() => {})
      })
    },

    /** Asks about all names that were taken so far; an answer for all holds for those that come later, too. */
    async askAll() {
      const asking = some(({ state, answer }) => state === 'asks' && answer === '')
      for (const item of asking) item.answer = 'asked'
      const said = await this.answersFor([...new Set(asking.map(labelOf))])
      for (const item of asking) {
        if (item.state !== 'asks') continue
        item.answer = said.get(labelOf(item)) ?? 'skip'
        if (item.answer === 'skip') {
          uppy.cancel(item.id)
          this.change(item, { state: 'skipped' })
        } else {
          this.change(item, { state: 'waiting' })
          uppy.again(item.id, item.answer)
        }
      }
    },

    async answersFor(names) {
      if (standing) return new Map(names.map((name) => [name, standing]))
      const more = count(...RUNNING) > names.length
      const said = await askAboutNames(names, { more })
      standing = said.standing
      return said.answers
    },

    pause(id) {
      const item = items.get(id)
      this.change(item, { state: uppy.pause(id) ? 'paused' : 'waiting', rate: 0 })
      item.pace.rest()
    },

    pauseAll() {
      const isPaused = !this.isPaused
      uppy.pauseAll(isPaused)
      for (const item of some(isMoving)) {
        this.change(item, { state: isPaused ? 'paused' : 'waiting', rate: 0 })
        item.pace.rest()
      }
      pace.rest()
    },

    cancel(id) {
      uppy?.cancel(id)
      this.leave(items.get(id))
    },

    cancelAll() {
      for (const { id } of some(isRunning)) this.cancel(id)
    },

    retry(id) {
      const item = items.get(id)
      item.pace.rest()
      this.change(item, { state: 'waiting', says: '', answer: '' })
      uppy.again(id)
    },

    retryAll() {
      for (const item of some((one) => this.canRetry(one))) this.retry(item.id)
    },

    canRetry: ({ id, state }) => state === 'failed' && Boolean(uppy?.has(id)),

    close() {
      this.putAway((item) => !isRunning(item))
      this.show()
    },

    putAway(which) {
      for (const item of some(which)) {
        uppy?.forget(item.id)
        this.leave(item)
      }
    },

    soon() {
      this.isRunning = count(...RUNNING) > 0
      // Leaving the page would end what is under way: the browser asks.
      onbeforeunload = this.isRunning ? (event) => event.preventDefault() : null
      later('show', SHOWN_EVERY, () => this.show())
    },

    show() {
      const running = count(...RUNNING)
      const moving = running - count('asks')
      this.isPaused = moving > 0 && count('paused') === moving
      this.hasFailed = some((item) => this.canRetry(item)).length > 0
      this.length = items.size
      this.part = sum.bytes > 0 ? sum.sent / sum.bytes : running > 0 ? 0 : 1
      this.title = this.titleOf(running)
      this.progress = this.progressOf(moving)
      this.more = rows.bring(this, items, (item) => this.canRetry(item))
      if (running > 0) later('measure', MEASURED_EVERY, () => this.measure())
      else pace.rest()
    },

    measure() {
      for (const item of some(({ state }) => state === 'sending')) {
        item.rate = item.pace.rate()
        rows.touch(item)
      }
      this.show()
    },

    titleOf(running) {
      if (running > 0) return say('uploading', { count: running })
      const failed = count('failed')
      if (failed > 0) return say('upload_failed', { count: failed })
      const uploaded = count('done')
      return uploaded > 0 ? say('uploaded', { count: uploaded }) : say('nothing_uploaded')
    },

    progressOf(moving) {
      const facts = say('sent_of', { sent: size(sum.sent), all: size(sum.bytes) })
      if (this.isPaused) return `${facts} · ${say('paused')}`
      if (moving > 0 && count('sending') === 0 && count('lost') > 0)
        return `${facts} · ${say('lost')}`
      const rate = moving > 0 ? pace.rate() : 0
      if (rate <= 0) return facts
      return `${facts} · ${size(rate)}/s · ${timeLeft((sum.bytes - sum.sent) / rate)}`
    },
  }
}

const isSame = (one, other) =>
  one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase()
