import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Scrypt } from '@adonisjs/core/hash/drivers/scrypt'
import { Accounts } from '#accounts'
import { Ledger, LedgerSigner } from '#ledger'
import { freshDatabase } from '#tests/fresh_database'

export const PASSWORD = 'korrekt pferd batterie'

export interface Place {
  cleanup: (work: () => Promise<void>) => void
}

/** Accounts on a database of their own; `clock.at` is the time in milliseconds. The hash is the real one, made cheap. */
export async function freshAccounts({ cleanup }: Place) {
  const { db, place, close } = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-accounts-'))
  cleanup(async () => {
    await close()
    await rm(folder, { recursive: true })
  })
  const clock = { at: Date.parse('2026-11-23T10:00:00Z') }
  const now = () => new Date(clock.at)
  const signer = await LedgerSigner.load(folder, 'accounts.test/ledger')
  const ledger = new Ledger({ db, signer, checkpoints: join(folder, 'checkpoints'), now })
  const hash = new Scrypt({ cost: 16, blockSize: 8, parallelization: 1, maxMemory: 33554432 })
  const accounts = new Accounts({ db, hash, ledger, now })

  return {
    accounts,
    db,
    databasePlace: place,
    clock,
    hash,
    ledger,
    now,
    person: (more = {}) => ({
      email: 'anna@firm.example',
      fullName: 'Anna Berger',
      role: 'staff' as const,
      password: PASSWORD,
      ...more,
    }),
    /** Details of everything configured, in order. */
    async configured() {
      const entries = await ledger.entries({ type: 'configured', limit: 100 })
      return entries.map((entry) => entry.detail!)
    },
  }
}
