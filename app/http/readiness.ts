import storage from '#config/storage'
import type { Doorbell } from '#queue'
import { telemetry } from '#telemetry'
import { inject } from '@adonisjs/core'
import { Database } from '@adonisjs/lucid/database'
import { access, constants } from 'node:fs/promises'

/** What a process needs to serve, and whether it has it. */
export type Readiness = Record<'database' | 'blobs' | 'queue', boolean>

/** A part that does not answer within this time is not there, in milliseconds. */
const PATIENCE = 3000

/** Asks what requests and mails depend on. */
@inject()
export class ReadinessCheck {
  constructor(private db: Database) {}

  async look(doorbell: Doorbell): Promise<Readiness> {
    const [database, blobs, queue] = await Promise.all([
      holds('database', () => this.db.rawQuery('SELECT 1')),
      // The folder is made at the first mail; until then its parent has to be writable.
      holds('blobs', () => access(storage.dataDir, constants.W_OK)),
      holds('queue', async () => {
        const { ok } = await doorbell.health()
        if (!ok) throw new Error('The queue is out of reach')
      }),
    ])
    return { database, blobs, queue }
  }
}

async function holds(what: string, look: () => PromiseLike<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE)
  })
  try {
    await Promise.race([look(), late])
    return true
  } catch (error) {
    telemetry.failed({ what: `look whether the ${what} is there`, error })
    return false
  } finally {
    clearTimeout(timer)
  }
}
