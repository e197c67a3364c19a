import { Archive, verbsOf, wantsReason, type Message } from '#archive'
import { Deliveries } from '#delivery'
import { NotFound, Refused } from '#errors'
import { Gateway } from '#gateway'
import { Ledger } from '#ledger'
import InstallationPolicy from '#policies/installation_policy'
import { decisionValidator, messageListValidator } from '#validators/archive'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { InstallationHealth } from '../http/installation_health.ts'
import { timeline } from '../http/timeline.ts'

const PAGE = 50
/** Held mails on the first page; the rest by the filter. */
const HELD_SHOWN = 20

/** What an administrator sees of mail: where it is and why. Never subject, text or names of files. */
@inject()
export default class AdminController {
  constructor(
    private archive: Archive,
    private deliveries: Deliveries
  ) {}

  /** State of the installation, held mails with their verbs, and all mails. */
  @inject()
  async index(
    { bouncer, containerResolver, request, view }: HttpContext,
    health: InstallationHealth
  ) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const [, valid] = await messageListValidator.tryValidate(filled(request.qs()))
    const filter = valid ?? {}
    const page = await this.archive.find(
      {
        state: filter.zustand,
        sender: filter.absender,
        recipient: filter.empfaenger,
        before: filter.vor,
        limit: PAGE,
      },
      'everything'
    )
    const held = await this.archive.find({ state: 'held', limit: HELD_SHOWN }, 'everything')
    return view.render('pages/admin/index', {
      filter,
      isFiltered: Boolean(filter.zustand || filter.absender || filter.empfaenger),
      health: await health.look(await containerResolver.make('webtresor.doorbell')),
      states: await this.archive.states(),
      rows: await this.#rows(page.messages),
      held: await this.#rows(held.messages),
      moreHeld: held.next !== null,
      next: page.next,
      wantsReason,
    })
  }

  /** One mail: deliveries with the last reply and the next attempt, and the history of decisions. */
  @inject()
  async message({ bouncer, i18n, params, view }: HttpContext, ledger: Ledger) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const message = await this.archive.message(Number(params.number), 'everything')
    const entries = await ledger.entries({ number: message.number, limit: 500 })
    const [row] = await this.#rows([message])
    return view.render('pages/admin/message', {
      ...row,
      steps: await timeline(entries, i18n, { files: false }),
      wantsReason,
    })
  }

  /** Decides about a held mail. */
  @inject()
  async decide(ctx: HttpContext, gateway: Gateway) {
    const { auth, bouncer, i18n, params, request, response, session } = ctx
    await bouncer.with(InstallationPolicy).authorize('administer')
    const { verb, grund } = await request.validateUsing(decisionValidator)
    const decision = { verb, actor: auth.getUserOrFail().id, why: grund }
    const number = Number(params.number)
    try {
      await gateway.decide(number, decision)
      session.flash('notice', {
        kind: 'good',
        text: i18n.t(`admin.decided_${verb}`, { number: String(number) }),
      })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const said = error.code === 'E_REASON_MISSING' ? 'reason_missing' : 'already_decided'
      session.flash('notice', { kind: 'bad', text: i18n.t(`admin.${said}`) })
    }
    return response.redirect().toRoute('admin.message', { number })
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

  async #rows(messages: Message[]) {
    const deliveries = await this.deliveries.ofMany(messages.map(({ number }) => number))
    return messages.map((message) => {
      const own = deliveries.get(message.number) ?? []
      return {
        message,
        deliveries: own,
        explanation: toldMore.has(message.reason) ? message.explanation : null,
        lastReply: own.findLast(({ lastReply }) => lastReply !== null)?.lastReply ?? null,
        verbs: message.state === 'held' && message.reason ? verbsOf[message.reason] : [],
      }
    })
  }
}

/** Reasons of which the explanation says more than the reason itself. */
const toldMore: ReadonlySet<Message['reason']> = new Set([
  'ambiguous',
  'rewrite_failed',
  'unchecked',
  'infected',
  'relay_retry',
])

/** A filter form sends its empty fields too. */
function filled(query: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))
}
