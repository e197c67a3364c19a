import { Vaults, type Access, type VaultFile } from '#vault'
import { timeZone } from '#config/app'
import { inject } from '@adonisjs/core'
import router from '@adonisjs/core/services/router'
import { urlFor } from '@adonisjs/core/services/url_builder'
import type { I18n } from '@adonisjs/i18n'
import { fileType } from '../file_kind.ts'
import { Formats } from '../formats.ts'
import { isolated, plainLine } from '../plain_line.ts'
import { actorOf, lineOf } from './vault_activity.ts'
import { kindOf, VaultRows } from './vault_rows.ts'

/** Lines of what happened to it; the vault's activity has all. */
const SHOWN_ACTIVITIES = 30

/** What is known of a file, for the component `vault.details`. */
@inject()
export class VaultDetails {
  constructor(private vaults: Vaults) {}

  async of(access: Access, file: VaultFile, i18n: I18n) {
    const base = urlFor('vaults.show', { vault: access.vault.number })
    const formats = new Formats(i18n.locale, timeZone)
    const say = (key: string, facts = {}) => i18n.t(`vaults.${key}`, facts)
    const by = (at: Date, name: string) =>
      say('details_by', { at: formats.dateTime(at), name: isolated(name) })
    const path = await this.vaults.pathOf(file)
    const versions = await this.vaults.versions.list(access, file.id)
    const { activities } = await this.vaults.activity.list(
      access,
      { entry: file.id },
      { limit: SHOWN_ACTIVITIES }
    )
    const states = new VaultRows(base, access.viewer.id, i18n).statesOf(file)
    return {
      name: plainLine(file.name, 400),
      folder: file.parent ? `${base}/ordner/${file.parent}` : base,
      download: file.downloadable ? `${base}/dateien/${file.id}` : '',
      look: `${base}/dateien/${file.id}/vorschau`,
      id: file.id,
      vault: access.vault.number,
      states,
      mayRestore: this.vaults.may(access, 'change'),
      versions: versions.map((version) => ({
        number: version.number,
        isCurrent: version.number === file.versionNumber,
        size: formats.size(version.size),
        by: by(version.madeAt, version.madeBy),
        state: say(version.gone ? 'gone' : `verdict_${version.verdict}`),
        kind: kindOf(version.verdict),
        why: version.released ? isolated(version.released.reason, 1000) : '',
        sha256: version.sha256,
        download:
          version.downloadable && router.has('vaults.version')
            ? `${base}/dateien/${file.id}/versionen/${version.number}`
            : '',
      })),
      steps: activities.map((activity) => {
        const { text, detail, kind } = lineOf(activity, i18n)
        return { at: activity.at, text: `${actorOf(activity, i18n)}: ${text}`, detail, kind }
      }),
      facts: [
        { name: say('type'), value: say(`type_${fileType(file.name)}`) },
        { name: say('size'), value: formats.size(file.size) },
        {
          name: say('details_lies'),
          value: `/${path.map(({ name }) => plainLine(name)).join('/')}`,
        },
        { name: say('details_made'), value: by(file.madeAt, file.madeBy) },
        {
          name: say('details_changed'),
          value: file.changedBy ? by(file.changedAt, file.changedBy) : '',
        },
        {
          name: say('details_sha256'),
          value: file.sha256 ?? say('details_sha256_pending'),
          mono: file.sha256 !== null,
        },
      ],
    }
  }
}
