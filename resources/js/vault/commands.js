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
  const open = chosen.filter(({ lock }) => lock !== 'other')
  return {
    upload: can.add,
    upload_folder: can.add,
    new_folder: can.add,
    download: any && chosen.some(({ isFolder, download }) => isFolder || download),
    top: !place.isTop,
    up: !place.isTop,
    copy_move: any && (can.change || can.copyOut),
    copy: any,
    cut: any && can.change && open.length > 0,
    paste: can.add && place.clipboard,
    rename: Boolean(one) && can.change && open.length === 1,
    remove: any && can.change && open.length > 0,
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
