/** Keys and pointer on the files of a vault: what is pressed becomes a command, a choice, a menu or a way into a folder. */
import { commandFor } from './commands.js'
import { entryOf } from './entry.js'
import { menuKeys, openMenu } from './menu.js'

const inTextField = (element) =>
  element.matches?.('input:not([type=checkbox]), textarea, select, [contenteditable]')

const needsChoice = new Set(['rename', 'remove', 'copy', 'cut', 'details', 'copy_move'])

/**
 * Listens from now on.
 *
 * @param files the component of files.js, whose commands are run
 * @returns `menuFrom(tool)` opens the menu of a button
 */
export function takeInHand(root, files, { selection, list }) {
  root.addEventListener('click', pressed)
  root.addEventListener('dblclick', doubled)
  root.addEventListener('contextmenu', menuAt)
  document.addEventListener('keydown', typed)
  for (const menu of root.querySelectorAll('[role=menu]')) menuKeys(menu)
  return { menuFrom }

  /** A press on a tool, an item of the menu, or a link of the list. */
  function pressed(event) {
    const tool = event.target.closest('[data-command]')
    if (tool) {
      event.preventDefault()
      tool.closest('[popover]')?.hidePopover()
      if (tool.getAttribute('aria-disabled') !== 'true') files.run(tool.dataset.command, tool)
      return
    }
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey
    const link = event.target.closest('a[data-visit]')
    if (link && plain) {
      event.preventDefault()
      files.visit(link.href)
      return
    }
    const opens = event.target.closest('a[data-look], a[data-details]')
    if (opens && plain) {
      event.preventDefault()
      files.openEntry(entryOf(opens.closest('tr')))
    }
  }

  function doubled(event) {
    const row = event.target.closest('tr[data-entry]')
    if (row && !event.target.closest('a, button, label')) files.openEntry(entryOf(row))
  }

  function menuAt(event) {
    const row = event.target.closest('tr[data-entry]')
    if (!row || event.shiftKey) return
    event.preventDefault()
    // The context key says no place: the row's own is taken.
    const box = row.getBoundingClientRect()
    const byKey = event.clientX === 0 && event.clientY === 0
    menuOf(
      row,
      byKey ? { x: box.left + 48, y: box.bottom } : { x: event.clientX, y: event.clientY }
    )
  }

  function menuOf(row, at) {
    if (row && !files.chosen.some((entry) => entry.row === row)) selection.only(row)
    files.$nextTick(() => openMenu(document.getElementById('menu'), at, row))
  }

  function typed(event) {
    if (event.defaultPrevented || document.querySelector('dialog[open]')) return
    const { target } = event
    const elsewhere = target !== document.body && !root.contains(target)
    if (inTextField(target) || elsewhere) return
    const row = target.closest?.('tr[data-entry]')
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key]
    const withKeys = event.ctrlKey || event.metaKey || event.altKey
    if (step !== undefined && !withKeys && (row || target === document.body)) {
      event.preventDefault()
      if (event.key === 'End' && list.hasMore) return toEnd(event.shiftKey)
      return selection.move(Number.isFinite(step) ? step : Math.sign(step) * 1e9, event.shiftKey)
    }
    if (event.key === ' ' && row && target === row) {
      event.preventDefault()
      return selection.toggle(row)
    }
    if (event.key === 'Escape') return files.escape()
    if (event.key === 'F10' && event.shiftKey && row) {
      event.preventDefault()
      const box = row.getBoundingClientRect()
      return menuOf(row, { x: box.left + 48, y: box.bottom })
    }
    const command = commandFor(event)
    if (!command) return
    // Enter on a link or button is theirs; copying marked text is the browser's.
    if (command === 'open' && target !== row) return
    if (command === 'copy' && String(getSelection())) return
    if (command === 'open' && row) {
      event.preventDefault()
      return files.openEntry(entryOf(row))
    }
    if (row && files.chosen.length === 0 && needsChoice.has(command)) selection.only(row)
    if (files.may[command] || command === 'search') {
      event.preventDefault()
      files.run(command)
    }
  }

  /** The last row may have to be fetched first, with all before it. */
  async function toEnd(extend) {
    root.setAttribute('aria-busy', 'true')
    try {
      if (await list.all()) selection.move(1e9, extend)
    } catch (error) {
      files.failed(error)
    } finally {
      root.removeAttribute('aria-busy')
    }
  }

  /** The menu below a button: of its row, or of everything. */
  function menuFrom(tool) {
    const row = tool.closest('tr[data-entry]')
    const box = tool.getBoundingClientRect()
    if (row) return menuOf(row, { x: box.right, y: box.bottom, alignEnd: true })
    openMenu(document.getElementById('menu'), { x: box.right, y: box.bottom, alignEnd: true }, tool)
  }
}
