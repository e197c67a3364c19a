import { args, BaseCommand } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { Profile, SecondFactors, Sessions } from '#accounts'

export default class UserResetFactors extends BaseCommand {
  static commandName = 'user:reset-factors'
  static description =
    'Take the second factors from an account that has lost them, and sign it out everywhere'
  static options: CommandOptions = { startApp: true }

  @args.string({ description: 'Mail address or user name' })
  declare login: string

  async run() {
    const profile = await this.app.container.make(Profile)
    const account = await profile.find(this.login)
    if (!account) {
      this.logger.error(`There is no account ${this.login}`)
      this.exitCode = 1
      return
    }
    const factors = await this.app.container.make(SecondFactors)
    const sessions = await this.app.container.make(Sessions)
    const had = await factors.reset(account.id, 'command line')
    await sessions.endOthers(account.id, '')
    this.logger.info(
      had
        ? `${account.email} signs in with the password only now, and was told by mail`
        : `${account.email} had no second factor`
    )
  }
}
