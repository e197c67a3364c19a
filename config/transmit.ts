import storage from '#config/storage'
import { Signals } from '#queue'
import { telemetry } from '#telemetry'
import { defineConfig } from '@adonisjs/transmit'

/** Redis carries hints from process to process; where it is not the queue, they stay in the process, and pages ask as well. */
const url = storage.queueUrl && /^rediss?:/.test(storage.queueUrl) ? storage.queueUrl : undefined

export default defineConfig({
  pingInterval: '25s',
  transport: url
    ? {
        driver: () =>
          new Signals(url, (error) => telemetry.failed({ what: 'reach the queue', error })),
      }
    : null,
})
