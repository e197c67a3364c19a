/**
 * Blobs: bytes at rest.
 *
 * A blob is a sequence of bytes of any length, written once and never changed: a mail as it came over the wire, a
 * file of a vault, a recipe. It is stored as a row of segments of at most 1 MiB of plain text, each one OpenPGP
 * message (RFC 9580: SEIPD version 2, AES-256, GCM) under the blob's own session key. So memory stays bounded, a
 * range is read without the rest, and no blob is too long for the format. `docs/blob-format.md` specifies it and
 * shows how a blob is decrypted without this software.
 *
 * What comes in pieces, over several requests, grows (`growing`): each piece ends in a sealed segment and is durable before
 * its row says how far it is, so that it goes on after a crash. When it has its length it becomes a blob like any other, and
 * its digests are taken by whoever reads it first.
 *
 * Keys form a chain, and are stored apart from the bytes:
 *
 *   session key  one per blob; wrapped (RFC 3394) under an epoch key, in table `blob_keys`
 *   epoch key    one per day and process; encrypted once to the installation's public key, and to the recovery
 *                key where there is one, in table `epoch_keys`
 *   storage key  one pair per installation, in the key folder; a process that only writes needs its public half
 *
 * Invariants:
 *   - What `write` returned is on disk, encrypted and fsynced, or small and durable with the row that `record` writes, where the
 *     caller asked for that; what it did not return leaves nothing behind.
 *   - A blob exists from the moment the caller's transaction with `record` commits. Bytes that no row names are
 *     the remains of a crash, and `sweep` removes them.
 *   - `read` hands out a segment only after it was authenticated, and only in its own place: each segment names
 *     its blob, its number and whether it is the last. Segments dropped, repeated or swapped are an IntegrityError.
 *   - Shredding destroys the wrapped session key: copies of the bytes, wherever they lie, cannot be read any more.
 *
 * It refuses to change a blob, to find one by its content (equal bytes are stored twice, for their keys must die
 * apart), to say who may read it (callers know), and to read what it cannot authenticate.
 */
export { Blobs } from './blobs.ts'
export type { BlobStat, Digests } from './blobs.ts'
export type { DigestedReading } from './digested_reading.ts'
export { GrowingBlobs } from './growing.ts'
export type { GrownBlob, PlannedBlob } from './growing.ts'
export type { BlobRange } from './reading.ts'
export type { SealedBytes, WrittenBlob } from './writing.ts'
export { DiskDriver } from './disk_driver.ts'
export type { BlobBytes, BlobDriver, BlobGrowth, BlobUpload, StoredKey } from './driver.ts'
export { StorageKeys } from './storage_keys.ts'
