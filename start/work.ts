import { PasswordResets } from '#accounts'
import { Checking } from '#checking'
import { Gateway } from '#gateway'
import { Invitations } from '#invitations'
import { Notifications } from '#notifications'
import { Uploads } from '#uploads'
import type { ApplicationService } from '@adonisjs/core/types'

/** How often what is due is rung for, in milliseconds. */
const SWEEP_EVERY = 60_000

/**
 * Makes this process a worker: the one place that knows all jobs and all that is swept. A job is named where it is rung for, and
 * does what SQL says is left to do.
 *
 * @param concurrency jobs at a time
 */
export async function work(app: ApplicationService, concurrency: number): Promise<void> {
  const doorbell = await app.container.make('webtresor.doorbell')
  const gateway = await app.container.make(Gateway)
  const checking = await app.container.make(Checking)
  const invitations = await app.container.make(Invitations)
  const notifications = await app.container.make(Notifications)
  const uploads = await app.container.make(Uploads)
  const resets = await app.container.make(PasswordResets)
  const swept = [gateway, checking, invitations, notifications, resets, uploads]
  const sweeps = swept.map((one) => () => one.sweep())
  await doorbell.work(
    {
      ...gateway.jobs,
      ...checking.jobs,
      notify: (id) => notifications.write(id),
      sweep: () => all(sweeps),
    },
    { concurrency, sweep: { name: 'sweep', every: SWEEP_EVERY } }
  )
}

/** One that fails does not keep the others from their turn. */
async function all(sweeps: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const sweep of sweeps) await sweep().catch((error: unknown) => failures.push(error))
  if (failures.length > 1) throw new AggregateError(failures, 'Several sweeps failed')
  if (failures.length === 1) throw failures[0]
}
