/**
 * Files of a drop, of an input or of a folder that was picked, folders read to their depth: { files, folders, unreadable }. `files` are
 * { file, path }, where path is that of its folder, `a/b` or ''; `folders` paths of those that hold nothing; `unreadable` names of what
 * the browser could not read.
 */
const nothing = () => ({ files: [], folders: [], unreadable: [] })

const isHidden = (name) => ['.DS_Store', 'Thumbs.db', 'desktop.ini'].includes(name)

const within = (path, name) => (path ? `${path}/${name}` : name)

/** What stands in the way of one file keeps none of the others back. */
async function take(found, name, reading) {
  try {
    await reading()
  } catch {
    found.unreadable.push(name)
  }
}

/**
 * @param node { name, isFolder, children(): nodes, file(): File } in either of the two ways that browsers know
 */
async function walk(node, path, found) {
  if (!node.isFolder) {
    if (isHidden(node.name)) return
    return take(found, node.name, async () => found.files.push({ file: await node.file(), path }))
  }
  const below = within(path, node.name)
  await take(found, node.name, async () => {
    const children = await node.children()
    const shown = children.filter(({ isFolder, name }) => isFolder || !isHidden(name))
    if (shown.length === 0) found.folders.push(below)
    for (const child of shown) await walk(child, below, found)
  })
}

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

const dropped = (entry) => ({
  name: entry.name,
  isFolder: entry.isDirectory,
  children: async () => (await childrenOf(entry)).map(dropped),
  file: () => new Promise((resolve, reject) => entry.file(resolve, reject)),
})

const picked = (handle) => ({
  name: handle.name,
  isFolder: handle.kind === 'directory',
  children: async () => {
    const found = []
    for await (const child of handle.values()) found.push(picked(child))
    return found
  },
  file: () => handle.getFile(),
})

export async function filesOfDrop(transfer) {
  // The items are gone after the first await, so their entries are taken first.
  const entries = [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
  const found = nothing()
  for (const entry of entries) {
    if (entry instanceof File) found.files.push({ file: entry, path: '' })
    else if (entry) await walk(dropped(entry), '', found)
  }
  return found
}

/** Of a folder in an input browsers name the files only: folders without any do not come along. */
export function filesOfInput(input) {
  const files = [...input.files].filter(({ name }) => !isHidden(name))
  const pathOf = ({ webkitRelativePath = '' }) =>
    webkitRelativePath.split('/').slice(0, -1).join('/')
  return { ...nothing(), files: files.map((file) => ({ file, path: pathOf(file) })) }
}

export const canPickFolder = () => 'showDirectoryPicker' in globalThis

/** A folder that a person picks, with what is empty in it. @returns nothing when the question was left */
export async function filesOfPicked() {
  let folder
  try {
    folder = await globalThis.showDirectoryPicker({ id: 'upload' })
  } catch (error) {
    if (error.name === 'AbortError') return null
    throw error
  }
  const found = nothing()
  await walk(picked(folder), '', found)
  return found
}

export const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files')
