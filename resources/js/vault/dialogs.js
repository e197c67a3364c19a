/** Native dialogs, asked like a function: open, wait, close. */

/** Opens a dialog and puts the focus where one goes on. */
export function open(id) {
  const dialog = document.getElementById(id)
  for (const wrong of dialog.querySelectorAll('[data-wrong]')) wrong.hidden = true
  if (!dialog.open) dialog.showModal()
  return dialog
}

export const close = (element) => element.closest('dialog')?.close()

/** Shows in a dialog why it did not work. */
export function complain(element, text) {
  const wrong = element.closest('dialog')?.querySelector('[data-wrong]')
  if (!wrong) return false
  wrong.querySelector('[data-text]').textContent = text
  wrong.hidden = false
  return true
}

/**
 * Asks with a dialog whose buttons say `value`.
 *
 * @param fill called with the dialog before it is shown
 * @returns { answer, all } or null when it was left
 */
export function ask(id, fill = () => {}) {
  const dialog = document.getElementById(id)
  fill(dialog)
  dialog.returnValue = ''
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        const all = dialog.querySelector('[data-for-all]')?.checked ?? false
        resolve(dialog.returnValue ? { answer: dialog.returnValue, all } : null)
      },
      { once: true }
    )
    dialog.showModal()
  })
}

/** Sets the words of a dialog: `data-say="name"` elements. */
export function tell(dialog, words) {
  for (const [name, text] of Object.entries(words)) {
    const element = dialog.querySelector(`[data-say=${name}]`)
    if (element) element.textContent = text
  }
}
