/**
 * #sealing: the part of #blobs for a thread that writes bytes and neither reads any nor knows a key that lasts.
 *
 * What it sealed is adopted by #blobs in another thread, which wraps the key and records the row. It is a door of its own because
 * such a thread is to be small: the other one brings OpenPGP.js and the database.
 */
export { DiskDriver } from './disk_driver.ts'
export { sealBytes } from './writing.ts'
export type { SealedBytes } from './writing.ts'
