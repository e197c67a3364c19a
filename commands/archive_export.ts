import { Archive, exportMessages, type Message } from '#archive'
import { Ledger } from '#ledger'
import { args, BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'

/** Writes mails with their proofs into a folder. */
export default class ArchiveExport extends BaseCommand {
  static commandName = 'archive:export'
  static description = 'Export mails with their proofs, checkable without Webtresor'
  static options: CommandOptions = { startApp: true }
  static help = [
    'All mails:        {{ binaryName }} archive:export --output folder',
    'Certain mails:    {{ binaryName }} archive:export --output folder 17 18 23',
  ]

  @args.spread({ description: 'Numbers of the mails; all when left out', required: false })
  declare numbers?: string[]

  @flags.string({ description: 'Folder to write into', required: true })
  declare output: string

  async run() {
    const archive = await this.app.container.make(Archive)
    const ledger = await this.app.container.make(Ledger)
    const wanted = this.#wanted()
    if (!wanted) return
    const written = await exportMessages({
      archive,
      ledger,
      messages: wanted.length > 0 ? some(archive, wanted) : all(archive),
      output: this.output,
      verifier: this.app.makePath('resources/verify.mjs'),
      actor: 0,
    })
    this.logger.success(`${written} mail${written === 1 ? '' : 's'} exported to ${this.output}`)
  }

  #wanted(): number[] | undefined {
    const numbers = (this.numbers ?? []).map(Number)
    const wrong = numbers.findIndex((number) => !Number.isInteger(number) || number < 1)
    if (wrong === -1) return numbers
    this.logger.error(`${this.numbers![wrong]} is not the number of a mail`)
    this.exitCode = 1
    return undefined
  }
}

async function* some(archive: Archive, numbers: number[]): AsyncGenerator<Message> {
  for (const number of numbers) yield archive.message(number, 'everything')
}

async function* all(archive: Archive): AsyncGenerator<Message> {
  for (let before: number | undefined; ;) {
    const page = await archive.find({ before, limit: 200 }, 'everything')
    yield* page.messages
    if (page.next === null) return
    before = page.next
  }
}
