/**
 * What can be done with the chosen entries: one pure function, for tools, menu and keys alike. The server decides again.
 *
 * @param chosen entries as entry.js reads them
 * @param can what the reader's role allows in this vault: { add, change, breakLocks, copyOut, release }
 * @param place { isTop, clipboard: something can be pasted }
 */
export function available(chosen, can, place) {
  const one = chosen.length === 1 ? chosen[0] : null
  const any = chosen.length > 0
  const files = chosen.filter(({ isFolder }) => !isFolder)
  return {
    upload: can.add,
    upload_folder: can.add,
    new_folder: can.add,
    download: any && chosen.some(({ isFolder, download }) => isFolder || download),
    top: !place.isTop,
    up: !place.isTop,
    copy_move: any && (can.change || can.copyOut),
    copy: any,
    cut: any && can.change,
    paste: can.add && place.clipboard,
    rename: Boolean(one) && can.change,
    remove: any && can.change,
    lock: can.change && files.some(({ lock }) => !lock),
    unlock:
      can.change &&
      files.some(({ lock }) => lock === 'mine' || (lock === 'other' && can.breakLocks)),
    open: Boolean(one),
    look: Boolean(one?.look),
    details: Boolean(one?.details),
    scan: can.change && files.some(({ state }) => ['infected', 'unchecked'].includes(state)),
    release: can.release && one?.state === 'unchecked',
    select_all: true,
    help: true,
  }
}

/** What others' locks forbid. */
const changes = new Set(['rename', 'remove', 'cut'])

/**
 * Why a command cannot be done with what is chosen, in words; nothing when it can. Such a command stays available: who tries it
 * learns who has locked the file.
 */
export function refusalOf(command, chosen) {
  const free = chosen.filter(({ held }) => !held)
  return changes.has(command) && free.length === 0 ? (chosen[0]?.held ?? '') : ''
}

/** Keys of the list, as `keyOf` names them. */
const keys = {
  'F2': 'rename',
  'Delete': 'remove',
  'Ctrl+a': 'select_all',
  'Ctrl+c': 'copy',
  'Ctrl+x': 'cut',
  'Ctrl+v': 'paste',
  'Enter': 'open',
  'Backspace': 'up',
  'Alt+ArrowUp': 'up',
  'Alt+Enter': 'details',
  '?': 'help',
  '/': 'search',
}

export function keyOf(event) {
  const control = event.ctrlKey || event.metaKey
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return `${control ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${key}`
}

export const commandFor = (event) => keys[keyOf(event)]
