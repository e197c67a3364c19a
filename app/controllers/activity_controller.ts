import { activityValidator } from '#validators/notify'
import { Vaults } from '#vault'
import { transaction } from '#transaction'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { activityCsv } from '../http/activity_csv.ts'
import { attachmentHeader } from '../http/attachment_header.ts'
import { filled } from '../http/filled.ts'
import { filterOf, GROUPS, lineOf, type ActivityQuery } from '../http/vault_activity.ts'
import { VaultHead } from '../http/vault_head.ts'
import { vaultViewer } from '../http/vault_viewer.ts'
import { telemetry } from '#telemetry'
import { DateTime } from 'luxon'
import { timeZone } from '#config/app'

const PAGE = 50
/** Rows that an export asks of the database at a time. */
const EXPORT_PAGE = 500

/** What happened in a vault: by person, kind, day and file, on pages and as a file for spreadsheets. */
@inject()
export default class ActivityController {
  constructor(
    private vaults: Vaults,
    private head: VaultHead
  ) {}

  async index(ctx: HttpContext) {
    const { i18n, params, request, view } = ctx
    const access = await this.vaults.open(Number(params.vault), vaultViewer(ctx))
    const [, valid] = await activityValidator.tryValidate(filled(request.qs()))
    const { vor, ...filter }: ActivityQuery = valid ?? {}
    const { activities, next } = await this.vaults.activity.list(access, filterOf(filter), {
      before: vor,
      limit: PAGE,
    })
    return view.render('pages/vaults/activity', {
      vault: access.vault,
      head: await this.head.of(access, i18n),
      filter,
      isFiltered: Object.values(filter).some((value) => value !== undefined),
      // What was asked for and is no filter is said, not silently left out.
      isWrong: valid === null,
      groups: GROUPS,
      actors: await this.vaults.activity.actors(access),
      lines: activities.map((activity) => lineOf(activity, i18n)),
      before: vor ?? null,
      next,
      ownOnly: access.role === 'contributor',
    })
  }

  /** The same, all of it, as CSV. That it was taken out is noted first. */
  @inject()
  async export(ctx: HttpContext) {
    const { containerResolver, i18n, params, request, response } = ctx
    const access = await this.vaults.open(Number(params.vault), vaultViewer(ctx))
    const query = await activityValidator.validate(filled({ ...request.qs(), vor: '' }))
    const filter = filterOf(query)
    const db = await containerResolver.make('lucid.db')
    await transaction(db, async (trx) => {
      const details = { what: 'activity', ...JSON.parse(JSON.stringify(query)) }
      await this.vaults.note(trx, access, { what: 'exported', makerId: access.viewer.id, details })
    })
    const day = DateTime.now().setZone(timeZone).toISODate()
    const name = `${i18n.t('notify.csv_file')} ${access.vault.number} ${day}.csv`
    response.header('Content-Type', 'text/csv; charset=utf-8')
    response.header('Content-Disposition', attachmentHeader(name))
    response.header('Cache-Control', 'private, no-store')
    const csv = activityCsv(
      (before) => this.vaults.activity.list(access, filter, { before, limit: EXPORT_PAGE }),
      i18n
    )
    return response.stream(csv, (error) => {
      telemetry.failed({ what: 'export the activity of a vault', error })
      response.removeHeader('Content-Disposition')
      return ['The activity cannot be read at the moment.', 500]
    })
  }
}
