/** Uppy with tus, without its looks: what goes up survives a lost connection, and a reload where the same file is chosen again. */
import Uppy from '@uppy/core'
import Tus from '@uppy/tus'
import { BegunUploads } from './begun.js'
import { csrf, Refusal } from './server.js'
import { say } from './words.js'

/** Files at once; more only compete for the line. */
const AT_ONCE = 3
/** Milliseconds before each further try: six minutes, in which a server is set up anew. */
const RETRIES = [500, 1500, 4000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000, 60_000]
/** Refusals that pass by themselves. */
const PASSING = new Set(['E_UPLOAD_BUSY', 'E_UPLOAD_LOST', 'E_OVERTAKEN'])

/** What the server says in JSON: { code, message, names }. */
function told(text) {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

/** What the server said, or that it could not be asked. */
function refusalOf(response) {
  if (!response?.status) return new Refusal({ text: say('no_connection'), code: 'E_NO_CONNECTION' })
  const { code, message, names } = told(response.body?.xhr?.responseText)
  const known = { 401: 'signed_out', 403: 'not_allowed', 413: 'too_large', 507: 'no_space' }
  const text = message ?? say(known[response.status] ?? 'failed')
  return new Refusal({ text, code, facts: { names } }, response.status)
}

/**
 * What a person has to decide or to mend is not tried again by itself: a name that is taken, a file that is locked, a vault that
 * is full. Left to itself tus takes the first two for an offset that is wrong and an upload that is in use.
 */
function isFinal({ originalResponse: response }) {
  if (![409, 423, 507].includes(response?.getStatus())) return false
  const { code } = told(response.getBody())
  return code !== undefined && !PASSING.has(code)
}

/** Whether the browser still gets at a file: one that was changed or moved meanwhile cannot be read. */
const isThere = (file) =>
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false
    )

/**
 * @param events { sending(id, bytes), resumed(id, bytes), lost(id), done(id, address), failed(id, refusal) }
 */
export function uploader(events) {
  const uppy = new Uppy({ autoProceed: false, logger: { debug() {}, warn() {}, error() {} } })
  const begun = new BegunUploads()
  const asked = new WeakMap()

  /** The connection broke, or the server is not well: it goes on by itself, unless the file is gone. */
  async function lost(id) {
    events.lost(id)
    const file = uppy.getFile(id)
    if (!file || (await isThere(file.data)) || !uppy.getFile(id)) return
    uppy.removeFile(id)
    events.failed(id, new Refusal({ text: say('file_changed'), code: 'E_FILE_CHANGED' }))
  }

  uppy.use(Tus, {
    endpoint: '/hochladen',
    limit: AT_ONCE,
    retryDelays: RETRIES,
    removeFingerprintOnSuccess: true,
    urlStorage: begun,
    allowedMetaFields: ['filename', 'filetype', 'vault', 'folder', 'relativePath', 'conflict'],
    headers: () => ({ 'x-csrf-token': csrf() }),
    onBeforeRequest: (request, file) => void asked.set(request, file.id),
    onAfterResponse: (request, response) => {
      if (request.getMethod() !== 'HEAD') return
      const [status, offset] = [response.getStatus(), Number(response.getHeader('Upload-Offset'))]
      if (status === 401 || status === 403) begun.keep(request.getURL())
      else if (status < 300 && offset > 0) events.resumed(asked.get(request), offset)
    },
    onShouldRetry: (error, _attempt, _options, next) => {
      if (isFinal(error) || !next(error)) return false
      lost(asked.get(error.originalRequest))
      return true
    },
  })
  uppy.on('upload-progress', (file, { bytesUploaded }) => events.sending(file?.id, bytesUploaded))
  uppy.on('upload-success', (file, { uploadURL }) => {
    events.done(file.id, uploadURL)
    // Left inside it would keep the file's bytes, and the same name could not come a second time. The plugin lets go of it after
    // this event only; removed before, it would ask the server to destroy what has just come.
    setTimeout(() => uppy.removeFile(file.id))
  })
  uppy.on('upload-error', (file, _error, response) => events.failed(file.id, refusalOf(response)))

  /** An upload that failed has no plugin any more that would tell the server. */
  function terminate({ error, tus }) {
    if (!error || !tus?.uploadUrl) return
    const headers = { 'tus-resumable': '1.0.0', 'x-csrf-token': csrf() }
    fetch(tus.uploadUrl, { method: 'DELETE', headers }).catch(() => {})
  }

  return {
    /** @returns the id, or nothing when the same file is on its way to the same place */
    add(file, path, { vault, folder }) {
      const meta = {
        filename: file.name,
        filetype: file.type || 'application/octet-stream',
        vault,
        folder,
        conflict: 'ask',
        // Part of the file's identity: the same file may go to two folders.
        relativePath: `${vault}/${folder}/${path}/${file.name}`,
      }
      try {
        const id = uppy.addFile({ name: file.name, type: file.type, data: file, meta })
        uppy.setFileMeta(id, { relativePath: path ? `${path}/${file.name}` : '' })
        return id
      } catch {
        return null
      }
    },
    start: () => void uppy.upload().catch(() => {}),
    has: (id) => Boolean(uppy.getFile(id)),
    /** @returns whether it is paused now */
    pause: (id) => uppy.pauseResume(id),
    pauseAll: (isPaused) => (isPaused ? uppy.pauseAll() : uppy.resumeAll()),
    /** Lets go of a file; what lies on the server stays for a day, and the same file goes on from there. */
    forget: (id) => uppy.getFile(id)?.error && uppy.removeFile(id),
    /** Ends an upload for good: nothing of it stays on the server. */
    cancel(id) {
      const file = uppy.getFile(id)
      if (!file) return
      terminate(file)
      uppy.removeFile(id)
    },
    /** Tries again, with an answer to a conflict if there was one. */
    again(id, conflict) {
      if (conflict) uppy.setFileMeta(id, { conflict })
      void uppy.retryUpload(id).catch(() => {})
    },
  }
}
