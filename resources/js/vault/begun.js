/**
 * Uploads that were begun, under the fingerprint of their file, so that it goes on after a reload: tus-js-client's store in
 * localStorage, but for one thing. The client forgets an upload whenever its server answers 4xx; when it answered that one has to
 * sign in (again), the upload is still there afterwards.
 */
import { defaultOptions } from 'tus-js-client'

export class BegunUploads {
  #store = defaultOptions.urlStorage
  #kept = new Set()

  /** The next that is to be forgotten of this address stays. */
  keep(url) {
    this.#kept.add(url)
  }

  findAllUploads() {
    return this.#store.findAllUploads()
  }

  findUploadsByFingerprint(fingerprint) {
    return this.#store.findUploadsByFingerprint(fingerprint)
  }

  addUpload(fingerprint, upload) {
    return this.#store.addUpload(fingerprint, upload)
  }

  async removeUpload(key) {
    const upload = (await this.findAllUploads()).find(({ urlStorageKey }) => urlStorageKey === key)
    if (upload && this.#kept.delete(upload.uploadUrl)) return
    await this.#store.removeUpload(key)
  }
}
