import { Accounts } from '#accounts'
import gatewayConfig from '#config/gateway'
import storage from '#config/storage'
import { Ledger } from '#ledger'
import { Post } from '#post'
import type { Doorbell, DoorbellHealth } from '#queue'
import { Scanning, type ScannerHealth } from '#scanning'
import { telemetry } from '#telemetry'
import { inject } from '@adonisjs/core'
import { statfs } from 'node:fs/promises'

/** How the installation is; what could not be learned is null. */
export interface Health {
  queue: DoorbellHealth | null
  scanner: ScannerHealth | null
  /** Where mail goes next, without its password, and our own mails on the way. */
  relay: { host: string | null; outbox: { queued: number; failed: number } | null }
  /** Of the volume with DATA_DIR, in bytes. */
  disk: { free: number; total: number; folder: string } | null
  ledger: { size: number; lastAt: Date | null; vkey: string } | null
  domains: string[] | null
  /** Keys of hints for the administrator (`admin.hint_…`). */
  hints: string[]
}

/** Looks at everything that the administrator has to know about. Each part may fail alone. */
@inject()
export class InstallationHealth {
  constructor(
    private accounts: Accounts,
    private ledger: Ledger,
    private post: Post,
    private scanning: Scanning
  ) {}

  async look(doorbell: Doorbell): Promise<Health> {
    const [queue, scanner, outbox, disk, ledger, domains] = await Promise.all([
      known('queue', () => doorbell.health()),
      known('scanner', () => this.scanning.health()),
      known('outbox', () => this.post.counts()),
      known('disk', diskOfData),
      known('ledger', () => this.#ledger()),
      known('domains', () => this.accounts.domains()),
    ])
    const relay = { host: relayHost(), outbox }
    const facts = { queue, scanner, relay, disk, ledger, domains }
    return { ...facts, hints: hintsOf(facts) }
  }

  async #ledger() {
    const checkpoint = await this.ledger.checkpoint()
    // A checkpoint's second line is the number of entries (C2SP tlog-checkpoint).
    const size = Number(checkpoint.split('\n')[1])
    const [last] = await this.ledger.entries({ after: size - 2, limit: 1 })
    return { size, lastAt: last?.at ?? null, vkey: this.ledger.vkey }
  }
}

async function diskOfData() {
  const { bavail, blocks, bsize } = await statfs(storage.dataDir)
  return { free: bavail * bsize, total: blocks * bsize, folder: storage.dataDir }
}

function relayHost(): string | null {
  return gatewayConfig.relayUrl ? new URL(gatewayConfig.relayUrl).host : null
}

function hintsOf({ scanner, relay, domains }: Omit<Health, 'hints'>): string[] {
  return [
    domains?.length === 0 && 'no_domain',
    relay.host === null && 'no_relay',
    scanner?.mode === 'off' && 'scanner_off',
    scanner?.mode === 'down' && 'scanner_down',
  ].filter((hint) => hint !== false)
}

async function known<T>(what: string, look: () => Promise<T>): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    telemetry.failed({ what: `look at the ${what}`, error })
    return null
  }
}
