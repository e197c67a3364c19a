import { appUrl, timeZone } from '#config/app'
import gatewayConfig from '#config/gateway'
import transmitConfig from '#config/transmit'
import { Notifications } from '#notifications'
import { Post } from '#post'
import { telemetry } from '#telemetry'
import type { Trx } from '#transaction'
import { Vaults, type Activity } from '#vault'
import type { ApplicationService } from '@adonisjs/core/types'
import { LiveStreams } from '../app/http/live_streams.ts'

/** What hears of changes in vaults: mails to members, and hints to open pages. */
export default class NotifyProvider {
  constructor(protected app: ApplicationService) {}

  register() {
    const { container } = this.app
    container.singleton(Notifications, async (make) => {
      const doorbell = await make.make('webtresor.doorbell')
      return new Notifications({
        db: await make.make('lucid.db'),
        post: await make.make(Post),
        vaults: await make.make(Vaults),
        appUrl,
        timeZone,
        locale: gatewayConfig.noticeLanguage,
        wake: (id) => void doorbell.ring('notify', id),
      })
    })
    container.singleton(LiveStreams, async (make) => {
      const vaults = await make.make(Vaults)
      const streams = new LiveStreams({
        transmit: await make.make('transmit'),
        makersOf: (entries) => vaults.news.makersOf(entries),
        isShared: transmitConfig.transport !== null,
        onError: (error) => telemetry.failed({ what: 'send a hint to open pages', error }),
      })
      // Registered after the server's own, it runs before: a server waits for its connections to end.
      this.app.terminating(() => streams.close())
      return streams
    })
  }
}

/** What vaults call when something happens in them. They are made first, so the rest is looked for when it is needed. */
export function vaultEars({ container }: ApplicationService) {
  return {
    async heard(trx: Trx, activities: Activity[]): Promise<void> {
      const notifications = await container.make(Notifications)
      await notifications.heard(trx, activities)
      const strangers = activities.filter(({ what }) => /^(member_|owner_)/.test(what))
      if (strangers.length === 0) return
      const streams = await container.make(LiveStreams)
      for (const { vaultId } of strangers) trx.after('commit', () => streams.end(vaultId))
    },
    onChange(vaultId: number, entryIds: number[]): void {
      container
        .make(LiveStreams)
        .then((streams) => streams.changed(vaultId, entryIds))
        .catch((error: unknown) => telemetry.failed({ what: 'send a hint to open pages', error }))
    },
  }
}
