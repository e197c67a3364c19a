import { DataStore, Upload, type Lock, type Locker } from '@tus/server'
import type { Readable } from 'node:stream'
import { NotFound } from '#errors'
import { Checksum } from './checksum.ts'
import { giveUp } from './completing.ts'
import { assertOpen, create } from './creating.ts'
import { IDLE } from './expiring.ts'
import type { UploadLock, UploadLocks } from './lock.ts'
import { isOf, type House, type UploadRow, type Uploader } from './rows.ts'

/** What a request says beside what @tus/server hands on. */
export interface RequestFacts {
  metadata: string
  checksum: string | undefined
}

/** The store behind @tus/server, for one request of one uploader: what is not his is not there. */
export class UploadStore extends DataStore {
  extensions = ['creation', 'creation-with-upload', 'termination', 'checksum', 'expiration']
  #house: House
  #uploader: Uploader
  #facts: RequestFacts
  #lock: UploadLock | undefined

  constructor(house: House, uploader: Uploader, facts: RequestFacts) {
    super()
    this.#house = house
    this.#uploader = uploader
    this.#facts = facts
  }

  /** The locks as @tus/server takes them; the store asks the one of this request whether it still holds. */
  locker(locks: UploadLocks): Locker {
    return {
      newLock: (id): Lock => {
        this.#lock = locks.of(id)
        return this.#lock
      },
    }
  }

  async create(upload: Upload): Promise<Upload> {
    const { id, metadata, size } = upload
    const header = this.#facts.metadata
    await create(this.#house, this.#uploader, { id, length: size!, metadata, header })
    upload.creation_date = this.#house.now().toISOString()
    return upload
  }

  async getUpload(id: string): Promise<Upload> {
    const row = await this.row(id)
    const offset =
      row.done_at === null ? await this.#house.blobs.growing.size(row.blob) : row.length
    return new Upload({
      id,
      size: row.length,
      offset,
      metadata: { filename: row.name, filetype: row.type },
      // From here it counts the time until an upload expires.
      creation_date: new Date(row.active_at).toISOString(),
    })
  }

  async write(stream: Readable, id: string): Promise<number> {
    const row = await this.row(id)
    if (row.done_at !== null) return row.length
    await assertOpen(this.#house, this.#uploader, row)
    const checksum = this.#facts.checksum ? new Checksum(this.#facts.checksum) : undefined
    try {
      return await this.#house.blobs.growing.append(
        row.blob,
        checksum ? checksum.watch(stream) : stream,
        {
          guard: () => this.#lock?.assertHeld(),
          verify: checksum && (() => checksum.assertEqual()),
        }
      )
    } finally {
      await this.#touch(id)
    }
  }

  async remove(id: string): Promise<void> {
    const row = await this.row(id)
    // What lies in the vault already is removed there.
    if (row.done_at !== null) throw none(id)
    await giveUp(this.#house, row)
  }

  getExpiration(): number {
    return IDLE
  }

  /** @throws NotFound `E_NO_UPLOAD`, alike for what is not there and what is somebody else's */
  async row(id: string): Promise<UploadRow> {
    const row: UploadRow | null = await this.#house.db.from('uploads').where('id', id).first()
    if (!row || !isOf(row, this.#uploader)) throw none(id)
    return row
  }

  async #touch(id: string): Promise<void> {
    await this.#house.db
      .from('uploads')
      .where('id', id)
      .update({ active_at: this.#house.now().getTime() })
  }
}

function none(id: string): NotFound {
  return new NotFound('E_NO_UPLOAD', `No upload ${id} for this uploader`)
}
