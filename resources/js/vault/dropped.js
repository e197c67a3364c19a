/** Files of a drop or of an input, folders read to their depth. Each is { file, path }; path is that of its folder, `a/b` or ''. */

const isHidden = (name) => ['.DS_Store', 'Thumbs.db', 'desktop.ini'].includes(name)

/** Directories are handed out a hundred at a time. */
async function childrenOf(directory) {
  const reader = directory.createReader()
  const found = []
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found
    found.push(...some)
  }
}

async function walk(entry, path, found) {
  if (entry.isDirectory) {
    const below = path ? `${path}/${entry.name}` : entry.name
    for (const child of await childrenOf(entry)) await walk(child, below, found)
  } else if (!isHidden(entry.name)) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject))
    found.push({ file, path })
  }
}

/** @returns nothing when the transfer holds no files */
export async function filesOfDrop(transfer) {
  // The items are gone after the first await, so their entries are taken first.
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
  const found = []
  for (const entry of entries) {
    if (entry instanceof File) found.push({ file: entry, path: '' })
    else if (entry) await walk(entry, '', found)
  }
  return found
}

export function filesOfInput(input) {
  return [...input.files]
    .filter(({ name }) => !isHidden(name))
    .map((file) => ({
      file,
      path: (file.webkitRelativePath ?? '').split('/').slice(0, -1).join('/'),
    }))
}

export const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files')
