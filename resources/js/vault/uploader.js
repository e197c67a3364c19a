/** Uppy with tus, without its looks: what goes up survives a lost connection, and a reload where the same file is chosen again. */
import Uppy from '@uppy/core'
import Tus from '@uppy/tus'
import { csrf, Refusal } from './server.js'
import { say } from './words.js'

/** Files at once; more only compete for the line. */
const AT_ONCE = 3
/** Milliseconds before each further try. */
const RETRIES = [500, 1500, 4000, 10_000, 20_000, 40_000]

/** What the server said, or that it could not be asked. */
function refusalOf(response) {
  const xhr = response?.body?.xhr
  if (!response?.status) return new Refusal({ text: say('no_connection'), code: 'E_NO_CONNECTION' })
  try {
    const { code, message, names } = JSON.parse(xhr.responseText)
    return new Refusal({ text: message ?? say('failed'), code, facts: { names } }, response.status)
  } catch {
    const known = { 401: 'signed_out', 403: 'not_allowed', 413: 'too_large', 507: 'no_space' }
    return new Refusal({ text: say(known[response.status] ?? 'failed') }, response.status)
  }
}

/** A conflict of names is for a person: only the offset of a running upload is worth another try at 409. */
function isConflict(error) {
  return (
    error?.originalResponse?.getStatus() === 409 && error.originalRequest?.getMethod() === 'POST'
  )
}

/**
 * @param events { sending(id, bytes), done(id), failed(id, refusal) }
 */
export function uploader(events) {
  const uppy = new Uppy({ autoProceed: false, logger: { debug() {}, warn() {}, error() {} } })
  uppy.use(Tus, {
    endpoint: '/hochladen',
    limit: AT_ONCE,
    retryDelays: RETRIES,
    removeFingerprintOnSuccess: true,
    allowedMetaFields: ['filename', 'filetype', 'vault', 'folder', 'relativePath', 'conflict'],
    headers: () => ({ 'x-csrf-token': csrf() }),
    onShouldRetry: (error, _attempt, _options, next) => !isConflict(error) && next(error),
  })
  uppy.on('upload-progress', (file, { bytesUploaded }) => events.sending(file?.id, bytesUploaded))
  uppy.on('upload-success', (file) => {
    events.done(file.id)
    // Left inside it would keep the file's bytes, and the same name could not come a second time. The plugin lets go of it after
    // this event only; removed before, it would ask the server to destroy what has just come.
    setTimeout(() => uppy.removeFile(file.id))
  })
  uppy.on('upload-error', (file, _error, response) => events.failed(file.id, refusalOf(response)))

  const start = () => void uppy.upload().catch(() => {})

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
    start,
    has: (id) => Boolean(uppy.getFile(id)),
    /** @returns whether it is paused now */
    pause: (id) => uppy.pauseResume(id),
    pauseAll: (isPaused) => (isPaused ? uppy.pauseAll() : uppy.resumeAll()),
    remove: (id) => uppy.getFile(id) && uppy.removeFile(id),
    /** Tries again, with an answer to a conflict if there was one. */
    again(id, conflict) {
      if (conflict) uppy.setFileMeta(id, { conflict })
      void uppy.retryUpload(id).catch(() => {})
    },
  }
}
