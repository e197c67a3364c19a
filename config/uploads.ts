import env from '#start/env'

/** What vaults are told about files that come in. */
const uploadsConfig = {
  /** Bytes of one file at most. */
  maxSize: env.get('MAX_UPLOAD_SIZE') ?? 5 * 1024 ** 3,
}

export default uploadsConfig
