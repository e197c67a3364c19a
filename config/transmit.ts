import storage from '#config/storage'
import { signalsOver } from '#queue'
import { telemetry } from '#telemetry'
import { defineConfig } from '@adonisjs/transmit'

/** The queue carries hints from process to process; within one they need nobody. */
const { queueUrl: url } = storage
const signals = url ? await signalsOver(url) : null

export default defineConfig({
  pingInterval: '25s',
  transport: signals && {
    driver: () => signals((error) => telemetry.failed({ what: 'reach the queue', error })),
  },
})
