/**
 * Uploads under way: store `queue`. Uppy and tus are fetched when the first file comes. One queue for the whole page: it goes on
 * while one looks into other folders.
 */
import { askAboutNames } from './conflicts.js'
import { number, say, size, timeLeft } from './words.js'

/** The list is told of finished files at most this often. */
const TELL_EVERY = 700
/** The speed that is shown is one over so many milliseconds. */
const WINDOW = 6000

export function queue() {
  let uppy
  let done = () => {}
  let telling = null
  const finished = new Set()
  const samples = []

  return {
    /** { id, name, bytes, sent, state, says }: waiting, sending, paused, done, failed, asks */
    items: [],
    open: true,
    paused: false,
    rate: 0,

    /** @param listener called with the folder in which files have come to lie */
    onDone(listener) {
      done = listener
    },

    get running() {
      return this.items.filter(({ state }) =>
        ['waiting', 'sending', 'paused', 'asks'].includes(state)
      )
    },

    get failures() {
      return this.items.filter(({ state }) => state === 'failed')
    },

    get isRunning() {
      return this.running.length > 0
    },

    get bytes() {
      return this.items.reduce((sum, item) => sum + (item.state === 'failed' ? 0 : item.bytes), 0)
    },

    get sent() {
      return this.items.reduce((sum, item) => sum + (item.state === 'failed' ? 0 : item.sent), 0)
    },

    get part() {
      return this.bytes > 0 ? this.sent / this.bytes : this.isRunning ? 0 : 1
    },

    get title() {
      const { length } = this.running
      if (length > 0) return say('uploading', { count: length })
      if (this.failures.length > 0) return say('upload_failed', { count: this.failures.length })
      return say('uploaded', { count: this.items.length })
    },

    get progress() {
      if (!this.isRunning) return size(this.sent)
      const facts = say('sent_of', { sent: size(this.sent), all: size(this.bytes) })
      if (this.paused) return `${facts} · ${say('paused')}`
      if (this.rate <= 0) return facts
      const left = timeLeft((this.bytes - this.sent) / this.rate)
      return `${facts} · ${size(this.rate)}/s · ${left}`
    },

    partOf(item) {
      return item.bytes > 0 ? item.sent / item.bytes : item.state === 'done' ? 1 : 0
    },

    saysOf(item) {
      if (item.says) return item.says
      const percent = number(this.partOf(item), { style: 'percent' })
      return {
        waiting: say('waiting'),
        sending: `${percent} · ${size(item.bytes)}`,
        paused: `${percent} · ${say('paused')}`,
        asks: say('asks'),
        done: say('done', {}),
      }[item.state]
    },

    find(id) {
      return this.items.find((item) => item.id === id)
    },

    /**
     * @param found { file, path } as dropped.js finds them
     * @param goal { vault, folder }: number, and id or ''
     */
    async add(found, goal) {
      this.items = this.isRunning ? this.items : []
      this.open = true
      try {
        uppy ??= (await import('./uploader.js')).uploader(this.events())
      } catch {
        this.items = found.map(({ file }, at) => ({
          id: String(at),
          name: file.name,
          bytes: file.size,
          sent: 0,
          state: 'failed',
          says: say('no_connection'),
        }))
        return
      }
      const before = this.items.length
      for (const { file, path } of found) {
        const id = uppy.add(file, path, goal)
        if (!id || this.find(id)) continue
        this.items.push({
          id,
          name: file.name,
          path,
          bytes: file.size,
          sent: 0,
          state: 'waiting',
          says: '',
          folder: goal.folder,
        })
      }
      if (this.items.length > before) uppy.start()
      this.guard()
    },

    /** What the uploader tells. */
    events() {
      return {
        sending: (id, sent) => this.change(id, { state: 'sending', sent }),
        done: (id) => this.arrived(id),
        failed: (id, refusal) => this.failed(id, refusal),
      }
    },

    change(id, facts) {
      const item = this.find(id)
      if (!item) return
      if (item.state === 'paused' && facts.state === 'sending') return
      if (facts.sent > item.sent) this.measure(facts.sent - item.sent)
      Object.assign(item, facts)
    },

    arrived(id) {
      const item = this.find(id)
      if (!item) return
      Object.assign(item, { state: 'done', sent: item.bytes, says: '' })
      finished.add(item.folder)
      telling ??= setTimeout(() => {
        telling = null
        for (const folder of finished) done(folder)
        finished.clear()
      }, TELL_EVERY)
      this.guard()
    },

    failed(id, refusal) {
      const item = this.find(id)
      if (!item) return
      if (refusal.code !== 'E_NAME_TAKEN') {
        Object.assign(item, { state: 'failed', says: refusal.message })
        return this.guard()
      }
      Object.assign(item, { state: 'asks', says: '' })
      this.asking ??= setTimeout(() => this.askAll(), 150)
    },

    asking: null,

    /** Asks about all names that were taken so far; more may come meanwhile. */
    async askAll() {
      const items = this.items.filter(({ state, says }) => state === 'asks' && !says)
      for (const item of items) item.says = say('asks')
      const names = [...new Set(items.map(({ name }) => name))]
      const answers = await askAboutNames(names)
      this.asking = null
      for (const item of items) {
        const answer = answers.get(item.name) ?? 'skip'
        if (answer === 'skip') {
          Object.assign(item, { state: 'failed', says: say('skipped') })
          uppy.remove(item.id)
        } else {
          Object.assign(item, { state: 'waiting', says: '' })
          uppy.again(item.id, answer)
        }
      }
      if (this.items.some(({ state, says }) => state === 'asks' && !says)) this.askAll()
      this.guard()
    },

    measure(bytes) {
      const now = performance.now()
      samples.push({ now, bytes })
      while (samples.length > 1 && now - samples[0].now > WINDOW) samples.shift()
      const time = now - samples[0].now
      const sum = samples.slice(1).reduce((all, sample) => all + sample.bytes, 0)
      if (time > 400) this.rate = (sum / time) * 1000
    },

    pause(id) {
      const item = this.find(id)
      item.state = uppy.pause(id) ? 'paused' : 'waiting'
    },

    pauseAll() {
      this.paused = !this.paused
      uppy.pauseAll(this.paused)
      for (const item of this.running) {
        if (item.state !== 'asks') item.state = this.paused ? 'paused' : 'waiting'
      }
    },

    cancel(id) {
      uppy.remove(id)
      this.items = this.items.filter((item) => item.id !== id)
      this.guard()
    },

    cancelAll() {
      for (const { id } of [...this.running]) this.cancel(id)
      this.paused = false
    },

    retry(id) {
      Object.assign(this.find(id), { state: 'waiting', says: '' })
      uppy.again(id)
      this.guard()
    },

    retryAll() {
      for (const { id } of [...this.failures]) this.retry(id)
    },

    canRetry(item) {
      return item.state === 'failed' && Boolean(uppy?.has(item.id))
    },

    close() {
      for (const { id } of this.failures) uppy?.remove(id)
      this.items = []
      this.rate = 0
    },

    /** Leaving the page would end what is under way: the browser asks. */
    guard() {
      onbeforeunload = this.isRunning ? (event) => event.preventDefault() : null
      if (!this.isRunning) samples.length = 0
    },
  }
}
