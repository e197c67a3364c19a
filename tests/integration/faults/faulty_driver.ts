import type { BlobDriver, BlobGrowth, BlobUpload } from '#blobs'
import type { Breaker } from './breaker.ts'

/** What a disk says when it gives up. */
const failure = () =>
  Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', errno: -5, syscall: 'write' })

/** A driver whose writes pass `breaker`. */
export function faultyDriver(driver: BlobDriver, breaker: Breaker): BlobDriver {
  return {
    create(key) {
      const upload = driver.create(key)
      return {
        append: (bytes) => breaker.later('blob append', () => upload.append(bytes), failure),
        commit: () => breaker.later('blob commit', () => upload.commit(), failure),
        abort: () => upload.abort(),
      } satisfies BlobUpload
    },
    async grow(key, length) {
      const growth = await driver.grow(key, length)
      return (
        growth &&
        ({
          append: (bytes) => breaker.later('blob append', () => growth.append(bytes), failure),
          sync: () => breaker.later('blob sync', () => growth.sync(), failure),
          commit: () => breaker.later('blob commit', () => growth.commit(), failure),
          close: () => growth.close(),
        } satisfies BlobGrowth)
      )
    },
    open: (key) => driver.open(key),
    remove: (key) => breaker.later('blob remove', () => driver.remove(key), failure),
    list: () => driver.list(),
  }
}
