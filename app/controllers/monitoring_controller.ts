import { Archive } from '#archive'
import { metricsToken } from '#config/app'
import { NotFound } from '#errors'
import { telemetry } from '#telemetry'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { createHash, timingSafeEqual } from 'node:crypto'
import { exposition, MEDIA_TYPE, type Metric } from '../http/exposition.ts'
import { ReadinessCheck } from '../http/readiness.ts'

/** What monitors ask: is it alive, can it serve, how much has it done. */
@inject()
export default class MonitoringController {
  constructor(
    private archive: Archive,
    private readiness: ReadinessCheck
  ) {}

  live({ response }: HttpContext) {
    return response.header('cache-control', 'no-store').json({ status: 'live' })
  }

  /** 503 names what is missing, and nothing else: anybody may ask. */
  async ready({ containerResolver, response }: HttpContext) {
    const parts = await this.readiness.look(await containerResolver.make('webtresor.doorbell'))
    const ready = Object.values(parts).every(Boolean)
    return response
      .status(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .json({ status: ready ? 'ready' : 'not ready', ...parts })
  }

  /** 401 for another token. @throws NotFound where METRICS_TOKEN is not set */
  async metrics({ containerResolver, request, response }: HttpContext) {
    if (!metricsToken) throw new NotFound('E_NO_METRICS', 'METRICS_TOKEN is not set')
    const given = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? ''
    if (!timingSafeEqual(digest(given), digest(metricsToken.release()))) {
      return response.status(401).header('www-authenticate', 'Bearer').send('')
    }
    const doorbell = await containerResolver.make('webtresor.doorbell')
    const [states, queue] = await Promise.all([this.archive.states(), doorbell.health()])
    const metrics: Metric[] = [
      {
        name: 'webtresor_events_total',
        help: 'What happened in this process since it started.',
        type: 'counter',
        samples: labelled('event', telemetry.counts()),
      },
      {
        name: 'webtresor_messages',
        help: 'Messages in the archive by the state of their processing.',
        type: 'gauge',
        samples: labelled('state', states),
      },
      gauge('webtresor_queue_up', 'Whether rings reach workers.', queue.ok ? 1 : 0),
      gauge('webtresor_queue_waiting', 'Jobs that wait.', queue.waiting),
      gauge(
        'process_resident_memory_bytes',
        'Resident memory of this process in bytes.',
        process.memoryUsage.rss()
      ),
      gauge(
        'process_start_time_seconds',
        'When this process started, in seconds since 1970 (UTC).',
        Math.round(Date.now() / 1000 - process.uptime())
      ),
    ]
    return response
      .header('cache-control', 'no-store')
      .header('content-type', MEDIA_TYPE)
      .send(exposition(metrics))
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function labelled(label: string, counts: ReadonlyMap<string, number>): Metric['samples'] {
  return [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }))
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] }
}
