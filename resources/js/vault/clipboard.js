/**
 * What was copied or cut: kept for the tab, so that it can be pasted into another vault, and handed to tabs that are open beside
 * it. Nothing of it stays in the browser when the tabs are closed: it holds names.
 */
const KEY = 'webtresor.clipboard'
const channel = new BroadcastChannel(KEY)
let changed = () => {}

/** @param listener called when another tab put something in or took it */
export function onChange(listener) {
  changed = listener
  // Whoever was open before knows what was copied last.
  channel.postMessage({ asks: true })
}

channel.addEventListener('message', ({ data }) => {
  if (data.asks) {
    const content = taken()
    if (content) channel.postMessage({ content })
    return
  }
  keep(data.content)
  changed()
})

function keep(content) {
  if (content) sessionStorage.setItem(KEY, JSON.stringify(content))
  else sessionStorage.removeItem(KEY)
}

export function put(content) {
  keep(content)
  channel.postMessage({ content })
}

/** @returns { vault, base, entries, cut } or null */
export function taken() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY))
  } catch {
    return null
  }
}

export const clear = () => put(null)
