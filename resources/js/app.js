/* Improves pages that work without it. */

/* Browsers without invoker commands: buttons still open and close their dialog. */
if (!('command' in HTMLButtonElement.prototype)) {
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('button[commandfor]')
    const dialog = button && document.getElementById(button.getAttribute('commandfor'))
    if (!(dialog instanceof HTMLDialogElement)) return
    if (button.getAttribute('command') === 'show-modal') dialog.showModal()
    else dialog.close()
  })
}

/* A form is sent once, however often its button is pressed; answers in a dialog may come one after the other. */
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.method === 'dialog') return
  if (form.dataset.sent) event.preventDefault()
  form.dataset.sent = 'yes'
  setTimeout(() => delete form.dataset.sent, 4000)
})

/* A link that asks for a page with all boxes ticked ticks them here instead, and the next time clears them. */
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-tick]')
  if (!link) return
  event.preventDefault()
  const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${link.dataset.form}"]`)]
  const all = boxes.some((box) => !box.checked)
  for (const box of boxes) box.checked = all
})

/* A page that waits for something asks again: <main data-refresh="10"> in seconds, unless a dialog or input is in use. */
const waiting = document.querySelector('[data-refresh]')
if (waiting) {
  setInterval(
    () => {
      const busy =
        document.querySelector('dialog[open]') ||
        document.activeElement?.matches('input, textarea, select')
      if (!busy && document.visibilityState === 'visible') location.reload()
    },
    Number(waiting.dataset.refresh) * 1000
  )
}

/* What only some pages need. */
if (document.querySelector('[x-data]')) import('./alpine.js')
for (const frame of document.querySelectorAll('iframe[data-frame]')) {
  import('./vault/hand.js').then(({ hand }) => hand(frame))
}
const passkeyForms = document.querySelectorAll('form[data-passkey]')
if (passkeyForms.length > 0) {
  import('./passkeys.js').then(({ preparePasskeys }) => preparePasskeys(passkeyForms))
}
for (const form of document.querySelectorAll('form[data-send-back]')) {
  import('./send_back.js').then(({ prepareSendBack }) => prepareSendBack(form))
}
