import storage from '#config/storage'
import { secretFile } from '#secret_file'
import { randomBytes } from 'node:crypto'

const secret = await secretFile(`${storage.keysDir}/link.key`, () =>
  randomBytes(32).toString('base64url')
)

/** The key from which every link's token is made. Losing it breaks all links; keeping it lets one recompute them. */
export const linkKey = Buffer.from(secret.trim(), 'base64url')
