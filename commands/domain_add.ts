import { args, BaseCommand } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { Accounts } from '#accounts'
import { PermanentError } from '#errors'

export default class DomainAdd extends BaseCommand {
  static commandName = 'domain:add'
  static description = 'Add a mail domain of the firm'
  static options: CommandOptions = { startApp: true }

  @args.string({ description: 'Such as firm.example' })
  declare domain: string

  async run() {
    const accounts = await this.app.container.make(Accounts)
    try {
      const added = await accounts.addDomain(this.domain, 'command line')
      this.logger.info(
        added ? `${this.domain} is a domain of the firm now` : `${this.domain} was one already`
      )
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error
      this.logger.error(error.message)
      this.exitCode = 1
    }
  }
}
