/** The menu of an entry: at the pointer, at its button, or at its row for the keyboard. */
const items = (menu) =>
  [...menu.querySelectorAll('[role=menuitem]')].filter(
    (item) => item.offsetParent !== null && item.getAttribute('aria-disabled') !== 'true'
  )

/** @param back element that gets the focus when the menu closes */
export function openMenu(menu, { x, y, alignEnd = false }, back) {
  menu.showPopover()
  const { width, height } = menu.getBoundingClientRect()
  const left = alignEnd ? x - width : x
  menu.style.setProperty('--x', `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`)
  menu.style.setProperty('--y', `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`)
  items(menu)[0]?.focus()
  const onToggle = ({ newState }) => {
    if (newState !== 'closed') return
    menu.removeEventListener('toggle', onToggle)
    if (menu.contains(document.activeElement) || document.activeElement === document.body) {
      back?.focus({ preventScroll: true })
    }
  }
  menu.addEventListener('toggle', onToggle)
}

/** Arrow keys, Home, End and first letters, as menus have them. Enter and Escape are the browser's. */
export function menuKeys(menu) {
  menu.addEventListener('keydown', (event) => {
    const all = items(menu)
    const at = all.indexOf(document.activeElement)
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (to !== undefined) {
      event.preventDefault()
      all[to]?.focus()
    } else if (event.key === 'Tab') {
      menu.hidePopover()
    } else if (event.key.length === 1 && !event.ctrlKey && event.key !== ' ') {
      const letter = event.key.toLowerCase()
      const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)]
      rest.find((item) => item.textContent.trim().toLowerCase().startsWith(letter))?.focus()
    }
    event.stopPropagation()
  })
}
