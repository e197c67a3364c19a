import { BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { text } from 'node:stream/consumers'
import { Accounts, generatePassword, ROLES, type Role } from '#accounts'
import { PermanentError, Refused } from '#errors'

export default class UserCreate extends BaseCommand {
  static commandName = 'user:create'
  static description =
    'Create an account; without --password-stdin its password is made and printed once'
  static options: CommandOptions = { startApp: true }

  @flags.string({ description: 'Mail address' })
  declare email?: string

  @flags.string({ description: 'User name to sign in with; without it the address alone does' })
  declare username?: string

  @flags.string({ description: 'Full name, as others see it' })
  declare name?: string

  @flags.string({ description: ROLES.join(', ') })
  declare role?: string

  @flags.boolean({ description: 'Read the password from standard input' })
  declare passwordStdin?: boolean

  async run() {
    const email = this.email ?? (await this.#ask('Mail address', '--email'))
    const fullName = this.name ?? (await this.#ask('Full name', '--name'))
    const role = this.role ?? (await this.#ask(`Role (${ROLES.join(', ')})`, '--role'))
    if (email === undefined || fullName === undefined || role === undefined) return

    const piped = this.passwordStdin ? await text(process.stdin) : undefined
    const given = piped?.replace(/\r?\n$/, '')
    const password = given ?? generatePassword()
    const accounts = await this.app.container.make(Accounts)
    try {
      const account = await accounts.createUser(
        { email, username: this.username, fullName, role: role as Role, password },
        'command line'
      )
      this.logger.info(`${account.email} has an account as ${account.role}`)
      if (account.role === 'staff' && !account.hasMailbox) {
        this.logger.warning(
          `${account.email} is no mailbox of theirs: its domain is not the firm's (domain:add), or it was somebody else's`
        )
      }
      if (given === undefined) this.logger.info(`Password, shown this once: ${password}`)
    } catch (error) {
      if (!(error instanceof PermanentError || error instanceof Refused)) throw error
      this.#fail(error.message)
    }
  }

  /** Asks where there is somebody to ask. */
  async #ask(question: string, flag: string): Promise<string | undefined> {
    if (process.stdin.isTTY) return this.prompt.ask(question)
    this.#fail(`${flag} is missing`)
    return undefined
  }

  #fail(message: string) {
    this.logger.error(message)
    this.exitCode = 1
  }
}
