/**
 * Hears of changes that others make. Events are a hint and may fail to come, so while something is being scanned the
 * list is asked for every ten seconds as well.
 */
const EVERY = 10_000
/** Hints that come together are answered once. */
const GATHER = 350
/** A stream that was refused, as by a proxy whose server restarts, is asked for again after so long. */
const AGAIN = 15_000
/** A tab that nobody looks at for so long gives its connection back. */
const HIDDEN = 120_000

/**
 * @param address of the event stream, or nothing
 * @param refresh called with ids of entries that changed
 * @param catchUp called after a time in which nothing was heard
 * @param pending ids of entries whose state will change by itself
 */
export function listen(address, { refresh, catchUp, pending }) {
  let source = null
  let heard = new Set()
  let timer = null
  let asleep = null
  /** There was a time in which nothing could be heard. */
  let missed = false

  function hear({ data }) {
    let hint
    try {
      hint = JSON.parse(data)
    } catch {
      return
    }
    if (!hint?.payload?.changed) return
    for (const id of hint.payload.entries ?? []) heard.add(id)
    timer ??= setTimeout(() => {
      timer = null
      const ids = [...heard]
      heard = new Set()
      refresh(ids).catch(() => {})
    }, GATHER)
  }

  function open() {
    if (!address || source) return
    source = new EventSource(address)
    source.addEventListener('message', hear)
    source.addEventListener('open', () => {
      if (missed) catchUp().catch(() => {})
      missed = false
    })
    source.addEventListener('error', () => {
      missed = true
      // The browser comes back by itself after a broken line, and not after a refusal.
      if (source?.readyState !== EventSource.CLOSED) return
      close()
      setTimeout(() => document.visibilityState === 'visible' && open(), AGAIN)
    })
  }

  function close() {
    source?.close()
    source = null
    missed = true
  }

  open()
  document.addEventListener('visibilitychange', () => {
    clearTimeout(asleep)
    if (document.visibilityState === 'hidden') {
      asleep = setTimeout(close, HIDDEN)
    } else if (!source) {
      open()
    }
  })
  setInterval(() => {
    if (document.visibilityState !== 'visible') return
    const ids = pending()
    if (ids.length > 0) refresh(ids).catch(() => {})
  }, EVERY)
}
