/** What was copied or cut: kept for the tab, so that it can be pasted into another vault. */
const KEY = 'webtresor.clipboard'

export function put(content) {
  sessionStorage.setItem(KEY, JSON.stringify(content))
}

/** @returns { vault, ids, names, cut } or null */
export function taken() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY))
  } catch {
    return null
  }
}

export function clear() {
  sessionStorage.removeItem(KEY)
}
