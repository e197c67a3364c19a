import { Accounts } from '#accounts'
import { Archive, verbsOf, wantsReason, type Message } from '#archive'
import { Deliveries } from '#delivery'
import { NotFound } from '#errors'
import { Ledger } from '#ledger'
import InstallationPolicy from '#policies/installation_policy'
import { messageListValidator } from '#validators/archive'
import type { I18n } from '@adonisjs/i18n'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { actorNames } from '../http/actor_names.ts'
import { filled } from '../http/filled.ts'
import { InstallationHealth } from '../http/installation_health.ts'
import { filterNames, queryOf, type ListFilter } from '../http/list_filter.ts'
import { foundInWords } from '../http/problems.ts'
import { timeline } from '../http/timeline.ts'

const PAGE = 50
/** Held mails on the first page; the rest by the filter. */
const HELD_SHOWN = 20

/** What an administrator sees of mail: where it is and why. Never subject, text or names of files. */
@inject()
export default class AdminController {
  constructor(
    private archive: Archive,
    private deliveries: Deliveries,
    private accounts: Accounts
  ) {}

  /** State of the installation, held mails with their verbs, and all mails. */
  @inject()
  async index(
    { bouncer, containerResolver, i18n, request, view }: HttpContext,
    health: InstallationHealth
  ) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const query = filled(request.qs())
    const [, valid] = await messageListValidator.tryValidate(query)
    const filter: ListFilter = valid ?? {}
    const domains = await this.accounts.domains()
    const page = await this.archive.find(queryOf(filter, domains, PAGE), 'everything')
    const held = await this.archive.find({ states: ['held'], limit: HELD_SHOWN }, 'everything')
    const rows = await this.#rows(page.messages, i18n)
    return view.render('pages/admin/index', {
      filter,
      isFiltered: filterNames.some((name) => filter[name] !== undefined),
      // What was asked for and is no filter is said, not silently left out.
      isWrong: valid === null,
      query: Object.fromEntries(Object.entries(filter).filter(([name]) => name !== 'vor')),
      reasons: Object.keys(verbsOf),
      chosen: request.qs().alle === '1',
      fourEyes: await this.archive.fourEyes.isOn(),
      health: await health.look(await containerResolver.make('webtresor.doorbell')),
      states: await this.archive.states(),
      rows,
      verbs: [...new Set(rows.flatMap((row) => row.verbs))],
      held: await this.#rows(held.messages, i18n),
      moreHeld: held.next !== null,
      next: page.next,
      wantsReason,
    })
  }

  /** One mail: deliveries with the last reply and the next attempt, and the history of decisions. */
  @inject()
  async message({ auth, bouncer, i18n, params, view }: HttpContext, ledger: Ledger) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const message = await this.archive.message(Number(params.number), 'everything')
    const entries = await ledger.entries({ number: message.number, limit: 500 })
    const [row] = await this.#rows([message], i18n)
    return view.render('pages/admin/message', {
      ...row,
      steps: await timeline(entries, i18n, { files: false }),
      wantsReason,
      fourEyes: await this.archive.fourEyes.isOn(),
      asker: row?.request ? (await actorNames([row.request.actor])).get(row.request.actor) : null,
      isAsker: row?.request?.actor === auth.getUserOrFail().id,
    })
  }

  /** Has a waiting delivery tried now. */
  async retry({ bouncer, containerResolver, i18n, params, response, session }: HttpContext) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const id = Number(params.delivery)
    const delivery = await this.deliveries.find(id)
    if (!delivery) throw new NotFound('E_NO_DELIVERY', `No delivery ${id}`)
    await this.deliveries.retry(id)
    await this.archive.hasten(delivery.number)
    const doorbell = await containerResolver.make('webtresor.doorbell')
    await doorbell.ring('process', String(delivery.number))
    session.flash('notice', { kind: 'good', text: i18n.t('admin.retried') })
    return response.redirect().toRoute('admin.message', { number: delivery.number })
  }

  async #rows(messages: Message[], i18n: I18n) {
    const numbers = messages.map(({ number }) => number)
    const deliveries = await this.deliveries.ofMany(numbers)
    const requests = await this.archive.fourEyes.open(numbers)
    return messages.map((message) => {
      const own = deliveries.get(message.number) ?? []
      return {
        message,
        deliveries: own,
        request: requests.get(message.number) ?? null,
        explanation: explained(message, i18n),
        lastReply: own.findLast(({ lastReply }) => lastReply !== null)?.lastReply ?? null,
        verbs: message.state === 'held' && message.reason ? verbsOf[message.reason] : [],
      }
    })
  }
}

/** Reasons that say everything themselves: of the others the explanation says more. */
const saysAll: ReadonlySet<Message['reason']> = new Set(['no_relay', 'scanner_down'])

function explained({ reason, explanation }: Message, i18n: I18n): string | null {
  if (saysAll.has(reason) || explanation === null) return null
  return foundInWords(reason, explanation, i18n)
}
