import storage from '#config/storage'
import { createSignals } from '#queue'
import { telemetry } from '#telemetry'
import { defineConfig } from '@adonisjs/transmit'

/** The queue carries hints from process to process; within one they need nobody. */
const { queueUrl: url } = storage

export default defineConfig({
  pingInterval: '25s',
  transport: url
    ? {
        driver: () =>
          createSignals(url, (error) => telemetry.failed({ what: 'reach the queue', error })),
      }
    : null,
})
