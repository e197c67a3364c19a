import type { Json, Ledger } from '#ledger'
import type { Trx } from '#transaction'

export type Configured = Record<string, Json>

/** Puts changes into the ledger; what they are about stands in the erasable detail only. The last statement of a transaction. */
export async function record(ledger: Ledger, trx: Trx, ...details: Configured[]): Promise<void> {
  await ledger.append(
    trx,
    details.map((detail) => ({ type: 'configured', number: null, original: null, detail }))
  )
}
