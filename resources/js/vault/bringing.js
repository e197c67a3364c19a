/** Files and folders that are chosen or dropped: they go into the queue, and can be taken back when they have come. */
import { canPickFolder, filesOfInput, filesOfPicked } from './dropped.js'
import { say } from './words.js'

/** Folders of an upload in one request, and how long their paths are as a form: the server takes 256 KB. */
const AT_ONCE = { folders: 200, length: 100_000 }

/** Uploads that the server takes back at once; who brought more deletes them. */
const TAKEN_BACK = 1000

/**
 * Listens to the fields for files, and to the queue.
 *
 * @param page the component of files.js
 * @returns `bring(found, folder)` takes what dropped.js found, `pickFolder()` asks for a folder
 */
export function bringing(root, page, list) {
  const { queue, toasts } = page.$store
  /** Names of uploads that came and were not told of yet. */
  const came = []

  for (const input of root.querySelectorAll('input[type=file]')) {
    input.addEventListener('change', () => {
      bring(filesOfInput(input), list.facts.folder)
      input.value = ''
    })
  }
  queue.onDone(brought)
  return { bring, pickFolder }

  /** Folders without files are made at once. */
  async function bring({ files, folders, unreadable }, folder = '') {
    if (unreadable.length > 0) {
      const [name] = unreadable
      toasts.add(say('unreadable', { count: unreadable.length, name }), { kind: 'bad' })
    } else if (files.length + folders.length === 0) {
      toasts.add(say('empty_drop'), { kind: 'info' })
    }
    if (files.length > 0) queue.add(files, { vault: root.dataset.vault, folder })
    for (const some of batches(folders)) {
      await page.send('ordner/anlegen', {
        'ordner': folder,
        'pfade[]': some.map((path) => `/${path}/`),
      })
    }
  }

  /** The browser's own question knows of empty folders too, where there is one. */
  async function pickFolder() {
    const { folder } = list.facts
    const input = root.querySelector('#upload-folder')
    if (!canPickFolder()) return input.click()
    try {
      const found = await filesOfPicked()
      if (found) await bring(found, folder)
    } catch {
      input.click()
    }
  }

  /** @param addresses of uploads that came to lie in the folder: their last part is the name of the way back */
  function brought(folder, addresses = []) {
    if (folder === list.facts.folder || folder === undefined) list.refresh().catch(() => {})
    if (!page.can.change) return
    came.push(...addresses.map((address) => address.split('/').at(-1)))
    if (queue.isRunning || came.length === 0) return
    const ways = came.splice(0)
    const undo = {
      action: `${root.dataset.base}/rueckgaengig`,
      fields: { 'vorgang[]': ways },
    }
    toasts.add(say('uploaded', { count: ways.length }), {
      undo: ways.length <= TAKEN_BACK ? undo : undefined,
      after: () => list.refresh().catch(() => {}),
    })
  }
}

function batches(folders) {
  const made = []
  let length = Infinity
  for (const path of folders) {
    const more = encodeURIComponent(path).length
    if (length + more > AT_ONCE.length || made.at(-1).length === AT_ONCE.folders) {
      made.push([])
      length = 0
    }
    made.at(-1).push(path)
    length += more
  }
  return made
}
