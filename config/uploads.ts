import env from '#start/env'

/** What vaults are told about files that come in. */
const uploadsConfig = {
  /** Bytes of one file at most. */
  maxSize: env.get('MAX_UPLOAD_SIZE') ?? 5 * 1024 ** 3,
  /** Files and folders in one vault at most, the trash included: empty ones take no room, and lists and moves take time. */
  maxEntries: env.get('MAX_VAULT_ENTRIES') ?? 200_000,
}

export default uploadsConfig
