/* Forms that a passkey fills in (components/passkey): the browser is asked first, then the form is sent with its answer. */
import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser'

async function ask(form) {
  const response = await fetch(form.dataset.options, { headers: { accept: 'application/json' } })
  // Led elsewhere: the person has to sign in or confirm first, which the page itself says.
  if (response.redirected) return location.assign(response.url)
  if (!response.ok) throw new Error(`The options answered ${response.status}`)
  const optionsJSON = await response.json()
  const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication
  form.elements.answer.value = JSON.stringify(await start({ optionsJSON }))
  form.requestSubmit()
}

export function preparePasskeys(forms) {
  if (!browserSupportsWebAuthn()) {
    for (const hint of document.querySelectorAll('[data-passkeys-missing]')) hint.hidden = false
    return
  }
  for (const form of forms) {
    form.hidden = false
    form.addEventListener('submit', (event) => {
      if (form.elements.answer.value) return
      event.preventDefault()
      event.stopPropagation()
      const failed = form.querySelector('[data-failed]')
      failed.hidden = true
      const button = form.querySelector('button')
      button.disabled = true
      ask(form)
        .catch(() => {
          failed.hidden = false
        })
        .finally(() => {
          button.disabled = false
        })
    })
  }
}
