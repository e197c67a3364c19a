import { Accounts } from '#accounts'
import { appUrl } from '#config/app'
import gatewayConfig from '#config/gateway'
import { Gateway } from '#gateway'
import type { ApplicationService } from '@adonisjs/core/types'

/** Says where the pages are, and lets go of the queue when the process ends. */
export async function serveWeb(app: ApplicationService): Promise<void> {
  const accounts = await app.container.make(Accounts)
  await accounts.seedDomains(gatewayConfig.localDomains)
  const gateway = await app.container.make(Gateway)
  app.terminating(() => gateway.stop())
  const setup = await accounts.createSetupLink()
  const lines = [
    `Web listens on ${appUrl}`,
    ...(setup ? [`Set up the first administrator (once): ${appUrl}/einrichten/${setup}`] : []),
  ]
  console.log(lines.join('\n'))
}
