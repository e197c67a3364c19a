import { Accounts } from '#accounts'
import { Archive } from '#archive'
import { appUrl } from '#config/app'
import gatewayConfig from '#config/gateway'
import storage from '#config/storage'
import { Gateway } from '#gateway'
import { Ledger } from '#ledger'
import { Scanning } from '#scanning'
import { recordScanning } from '#start/scanning_record'
import { work } from '#start/work'
import { telemetry } from '#telemetry'
import { Uploads } from '#uploads'
import type { ApplicationService } from '@adonisjs/core/types'

/**
 * Messages in work at a time: scanning, relaying and the disk let a mail wait longer than it takes to compute, and what several
 * write at the same time is committed together.
 */
const CONCURRENCY = 48

/** Starts gateway and worker beside the web server, and says where everything is. */
export async function launch(app: ApplicationService): Promise<void> {
  telemetry.logTo(await app.container.make('logger'))
  const accounts = await app.container.make(Accounts)
  await accounts.seedDomains(gatewayConfig.localDomains)
  await recordScanning(app)
  await (await app.container.make(Ledger)).catchUp()
  // The lock on DATA_DIR is ours, and where database and queue are inside it, so were all workers.
  if (!storage.databaseUrl && !storage.queueUrl) {
    await (await app.container.make(Archive)).releaseClaims()
    await (await app.container.make(Uploads)).releaseLocks()
  }
  const gateway = await app.container.make(Gateway)
  app.terminating(() => gateway.stop())
  await gateway.listen()
  await work(app, CONCURRENCY)
  console.log((await banner(app, accounts, gateway)).join('\n'))
}

async function banner(
  app: ApplicationService,
  accounts: Accounts,
  gateway: Gateway
): Promise<string[]> {
  const scanning = await app.container.make(Scanning)
  const modes = {
    on: 'on',
    off: 'OFF: attachments are not checked for viruses',
    down: 'does not answer: mail waits until it does',
  }
  const domains = await accounts.domains()
  const setup = await accounts.createSetupLink()
  return [
    '',
    'Webtresor runs.',
    `  Web       ${appUrl}`,
    `  Mail out  ${gatewayConfig.host}:${gateway.outPort} (SMTP, from ${gatewayConfig.trustedNetworkList.join(', ')})`,
    `  Relay     ${relayHost() ?? 'none: outgoing mail is prepared and held (set RELAY_URL)'}`,
    `  Scanner   ${modes[await scanning.mode()]}`,
    `  Domains   ${domains.length > 0 ? domains.join(', ') : 'none yet: the set-up page asks'}`,
    `  Data      ${storage.dataDir}`,
    ...(setup ? ['', `Set up the first administrator (once): ${appUrl}/einrichten/${setup}`] : []),
    '',
  ]
}

/** The relay without its password. */
function relayHost(): string | undefined {
  if (!gatewayConfig.relayUrl) return undefined
  const { protocol, host } = new URL(gatewayConfig.relayUrl)
  return `${protocol}//${host}`
}
