/** Sends files back through a link, one by one and resumable, in place of the plain form. */
import Uppy from '@uppy/core'
import Tus from '@uppy/tus'

/** Milliseconds before each further try. */
const RETRIES = [500, 1500, 4000, 10_000, 20_000]

export function prepareSendBack(form) {
  const [input, bar, words] = ['input[type=file]', 'progress', '[data-state]'].map((what) =>
    form.querySelector(what)
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector('button')
    button.disabled = true
    bar.hidden = false
    words.textContent = ''
    const { sent, problem } = await send(form, [...input.files], (share) => (bar.value = share))
    if (problem === '') return location.assign(`${location.pathname}?gesendet=${sent}`)
    button.disabled = false
    bar.hidden = true
    words.textContent = problem
  })
}

/** @returns how many files came, and why others did not */
async function send(form, files, progress) {
  const answer = await fetch(form.dataset.sendBack, {
    method: 'POST',
    body: new URLSearchParams({ form: form.dataset.form }),
  }).catch(() => undefined)
  if (!answer?.ok) return { sent: 0, problem: form.dataset.failed }
  const { ticket, endpoint } = await answer.json()
  const uppy = new Uppy({ logger: { debug() {}, warn() {}, error() {} } })
  uppy.use(Tus, {
    endpoint,
    limit: 2,
    retryDelays: RETRIES,
    storeFingerprintForResuming: false,
    allowedMetaFields: ['filename', 'filetype'],
    headers: { authorization: `Bearer ${ticket}` },
  })
  for (const file of files) {
    const meta = { filename: file.name, filetype: file.type }
    uppy.addFile({ name: file.name, type: file.type, data: file, meta })
  }
  uppy.on('progress', progress)
  let problem = ''
  uppy.on('upload-error', (_file, _error, response) => {
    problem = sentence(response) || form.dataset.failed
  })
  const result = await uppy.upload().catch(() => undefined)
  return { sent: result?.successful?.length ?? 0, problem }
}

function sentence(response) {
  try {
    return JSON.parse(response.body.xhr.responseText).message
  } catch {
    return ''
  }
}
