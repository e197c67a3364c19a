import gatewayConfig from '#config/gateway'
import { Ledger } from '#ledger'
import { transaction } from '#transaction'
import type { ApplicationService } from '@adonisjs/core/types'

/** Row of the settings table with what was recorded last. */
const KEY = 'scanning.recorded'

/** Leaves a ledger entry when scanning was switched off or on again since the last start. */
export async function recordScanning(app: ApplicationService): Promise<void> {
  const db = await app.container.make('lucid.db')
  const ledger = await app.container.make(Ledger)
  const value = gatewayConfig.clamdUrl === 'off' ? 'off' : 'on'
  await transaction(db, async (trx) => {
    const known: { value: string } | null = await trx.from('settings').where('key', KEY).first()
    if ((known?.value ?? 'on') === value) return
    if (known) await trx.from('settings').where('key', KEY).update({ value })
    else await trx.table('settings').insert({ key: KEY, value })
    await ledger.append(trx, [
      { type: 'configured', number: null, original: null, detail: { scanning: value } },
    ])
  })
}
