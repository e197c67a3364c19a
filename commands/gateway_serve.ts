import { BaseCommand } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { Accounts } from '#accounts'
import gatewayConfig from '#config/gateway'
import { Gateway } from '#gateway'
import { joinProcesses } from '#start/process_rules'
import { fail } from '../bin/failure.ts'

export default class GatewayServe extends BaseCommand {
  static commandName = 'gateway:serve'
  static description = 'Take mail in over SMTP, beside worker and web as processes of their own'
  static options: CommandOptions = { startApp: true, staysAlive: true }

  async run() {
    await this.#serve().catch(fail)
  }

  async #serve() {
    await joinProcesses(this.app)
    const accounts = await this.app.container.make(Accounts)
    await accounts.seedDomains(gatewayConfig.localDomains)
    const gateway = await this.app.container.make(Gateway)
    this.app.terminating(() => gateway.stop())
    await gateway.listen()
    console.log(
      `Gateway listens on ${gatewayConfig.host}:${gateway.outPort} (SMTP, from ${gatewayConfig.trustedNetworkList.join(', ')})`
    )
  }
}
