/** An unfinished write under one key. Either `commit` or `abort` ends it. */
export interface BlobUpload {
  /** Appends bytes. The caller waits for one call before the next, and may reuse `bytes` afterwards. */
  append(bytes: Uint8Array): Promise<void>

  /** Makes all appended bytes durable and visible under the key. Failed: nothing is visible, the caller aborts. */
  commit(): Promise<void>

  /** Gives up: frees handles and space. Never fails, harmless after a failed commit; what it cannot free is listed. */
  abort(): Promise<void>
}

/** An unfinished write that goes on, also after a crash and in another process. One writer at a time: its caller sees to that. */
export interface BlobGrowth {
  /** Appends bytes, as `BlobUpload.append`. */
  append(bytes: Uint8Array): Promise<void>

  /** Makes durable what was appended so far; more may be appended meanwhile. */
  sync(): Promise<void>

  /** Makes all of it durable and visible under the key, and closes. May be repeated with a newly opened one. */
  commit(): Promise<void>

  /** Frees handles; what was appended stays. Harmless after `commit`. */
  close(): Promise<void>
}

/** An open blob. Several reads may run at once; the caller closes it, also after an error. */
export interface BlobBytes {
  /** Length in bytes. */
  readonly size: number

  /** Up to `length` bytes from `offset`, in memory that is the caller's; fewer only where the blob ends. */
  read(offset: number, length: number): Promise<Uint8Array>

  close(): Promise<void>
}

/** Something that lies in the store: a committed blob, or the remains of an unfinished write. */
export interface StoredKey {
  key: string
  /** Time of the last write to it. */
  modifiedAt: Date
  /** Removes exactly this; returns false when it was gone already. */
  remove(): Promise<boolean>
}

/**
 * Where sealed bytes lie. Drivers share no base class: what disks and object stores have in common is this contract.
 *
 * Immutable by key: a key is a UUID made for one write, and is written once; of version 7 (RFC 9562), so that what
 * comes together lies together in the indexes of the database. Nothing changes committed bytes; they are read or
 * removed. Only a write that grows may be taken up again, before anybody was told of it.
 *
 * Durable on return: when `commit` returns, the bytes survive a power cut. On disk: fsync of the file, its folder and those above
 * it that are new. Before `commit` returns nobody is told the key, and what `open` finds under it is not defined.
 *
 * Who retries: the caller, as a whole write under a new key. A driver never retries by itself, for it cannot know how
 * long its caller's client waits. It tells a store that is full (TransientError `E_DISK_FULL`); any other error of
 * the store is passed on as it is.
 *
 * Concurrency: any number of writes and reads at once, in any number of processes over one store.
 *
 * Trust: a driver sees sealed bytes only. It is trusted to keep them, not to keep them unchanged or secret.
 */
export interface BlobDriver {
  /** Begins a write. Takes space only once bytes are appended or committed. */
  create(key: string): BlobUpload

  /**
   * Begins a write, or goes on with one, behind its first `length` bytes: what lies behind these is cut off. Null where
   * fewer are there, which only a loss explains. A write that was committed is taken back: nobody reads it yet.
   */
  grow(key: string, length: number): Promise<BlobGrowth | null>

  /** The bytes under a key, or null where there are none. */
  open(key: string): Promise<BlobBytes | null>

  /** Removes the bytes under a key, unfinished ones too; a key without bytes is not an error. */
  remove(key: string): Promise<void>

  /** All that lies in the store, in no order, unfinished writes included. Keys that come or go meanwhile may be missed. */
  list(): AsyncIterable<StoredKey>
}
