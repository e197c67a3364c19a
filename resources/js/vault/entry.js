/** What a row of the list says about its file or folder, read from its data attributes. */
export function entryOf(row) {
  const { entry, kind, name, size, state, lock, held, open, download, look, details, media } =
    row.dataset
  return {
    id: Number(entry),
    isFolder: kind === 'folder',
    name,
    bytes: Number(size || 0),
    /** A verdict of the scanner, or nothing for a folder. */
    state,
    /** `mine`, `other` or nothing. */
    lock,
    /** Why it cannot be changed: who has locked it since when. */
    held,
    /** Addresses; nothing where that cannot be done. */
    open,
    download,
    look,
    details,
    /** Media type for dragging out. */
    media,
    row,
  }
}

export const rowsIn = (list) => [...list.querySelectorAll('tr[data-entry]')]
