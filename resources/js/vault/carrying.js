/**
 * Dragging: entries onto a folder or the path moves them (with Ctrl copies them), out of the window downloads them where the browser
 * can; files from outside are uploaded where they are dropped.
 */
import { carriesFiles, filesOfDrop } from './dropped.js'
import { say } from './words.js'

const OURS = 'application/x-webtresor'
const carriesOurs = (event) => [...(event.dataTransfer?.types ?? [])].includes(OURS)

/** Chromium fetches what `DownloadURL` names when something is dropped outside; others have nothing like it. */
const canDragOut = 'chrome' in globalThis || /Chrom(e|ium)\//.test(navigator.userAgent)

/**
 * @param root `#files`
 * @param deed { selection, can, drop(entries, folder, copies), upload(found, folder), zip(entries): { name, address }, hint(text) }
 */
export function carry(root, deed) {
  let carried = []

  function start(event) {
    const row = event.target.closest?.('tr[data-entry]')
    if (!row) return
    const { selection } = deed
    if (!selection.chosen.some((entry) => entry.row === row)) selection.only(row)
    carried = selection.chosen
    const transfer = event.dataTransfer
    transfer.effectAllowed = 'copyMove'
    transfer.setData(OURS, '')
    const out = outside(carried, deed.zip)
    if (out) transfer.setData('DownloadURL', out)
    showCarried(event, carried)
  }

  function end(event) {
    carried = []
    clear()
    const { clientX: x, clientY: y } = event
    const isOutside = x <= 0 || y <= 0 || x >= innerWidth || y >= innerHeight
    if (isOutside && !canDragOut) deed.hint(say('drag_out_impossible'))
  }

  /** Where a drop would go: { folder, element }, or nothing. */
  function placeOf(event) {
    const row = event.target.closest?.('tr[data-kind=folder]')
    if (row) return { folder: row.dataset.entry, element: row }
    const crumb = event.target.closest?.('[data-drop-folder]')
    if (crumb) return { folder: crumb.dataset.dropFolder, element: crumb }
    if (!carriesFiles(event) || carriesOurs(event)) return null
    const area = event.target.closest?.('.drop, .list-area')
    return area && { folder: document.getElementById('region').dataset.folder, element: area }
  }

  function allows(event, place) {
    if (!place) return false
    if (!carriesOurs(event)) return carriesFiles(event) && deed.can().add
    return deed.can().change && !carried.some(({ id }) => String(id) === place.folder)
  }

  function over(event) {
    if (!carriesFiles(event) && !carriesOurs(event)) return
    // Left to itself the browser would open a file that misses its goal in place of this page.
    event.preventDefault()
    const place = placeOf(event)
    clear()
    if (!allows(event, place)) {
      event.dataTransfer.dropEffect = 'none'
      return
    }
    place.element.classList.add('over')
    event.dataTransfer.dropEffect = carriesOurs(event) && !copies(event) ? 'move' : 'copy'
  }

  async function drop(event) {
    if (!carriesFiles(event) && !carriesOurs(event)) return
    event.preventDefault()
    clear()
    const place = placeOf(event)
    if (!allows(event, place)) return
    if (carriesOurs(event)) return deed.drop(carried, place.folder, copies(event))
    deed.upload(await filesOfDrop(event.dataTransfer), place.folder)
  }

  root.addEventListener('dragstart', start)
  root.addEventListener('dragend', end)
  document.addEventListener('dragover', over)
  document.addEventListener('drop', drop)
  document.addEventListener('dragleave', (event) => event.relatedTarget === null && clear())
}

const copies = (event) => event.ctrlKey || event.altKey

function clear() {
  for (const element of document.querySelectorAll('.over')) element.classList.remove('over')
}

/** `type:name:address`, as Chromium takes it; a colon ends the name. */
function outside(entries, zip) {
  const [one] = entries
  if (entries.length === 1 && !one.isFolder && !one.download) return null
  const single = entries.length === 1 && !one.isFolder
  const { name, address } = single ? { name: one.name, address: one.download } : zip(entries)
  const type = single ? one.media || 'application/octet-stream' : 'application/zip'
  const safe = name.replace(/[:/\\]/g, '_')
  return `${type}:${safe}:${new URL(address, location.href)}`
}

function showCarried(event, entries) {
  const label = document.createElement('div')
  label.className = 'carried'
  label.textContent =
    entries.length === 1 ? entries[0].name : say('carried', { count: entries.length })
  document.body.append(label)
  event.dataTransfer.setDragImage(label, 12, 12)
  setTimeout(() => label.remove())
}
