import { BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { PermanentError } from '#errors'
import { Gateway } from '#gateway'
import { joinProcesses } from '#start/process_rules'
import { recordScanning } from '#start/scanning_record'
import { work } from '#start/work'
import { fail } from '../bin/failure.ts'

/** More messages at a time than this only wait for each other's memory and connections. */
const MOST = 64

export default class WorkerRun extends BaseCommand {
  static commandName = 'worker:run'
  static description = 'Scan, rewrite and relay what was taken in, beside gateway and web'
  static options: CommandOptions = { startApp: true, staysAlive: true }

  @flags.number({ description: 'Messages in work at a time, 1 to 64', default: 8 })
  declare concurrency: number

  async run() {
    await this.#work().catch(fail)
  }

  async #work() {
    const { concurrency } = this
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MOST) {
      throw new PermanentError(
        'E_CONCURRENCY',
        `--concurrency is not usable: it must be a whole number from 1 to ${MOST}`
      )
    }
    await joinProcesses(this.app)
    await recordScanning(this.app)
    const gateway = await this.app.container.make(Gateway)
    this.app.terminating(() => gateway.stop())
    await work(this.app, concurrency)
    console.log(
      `Worker runs, ${concurrency} ${concurrency === 1 ? 'message' : 'messages'} at a time`
    )
  }
}
