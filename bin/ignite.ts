import { Ignitor } from '@adonisjs/core'
import type { ApplicationService } from '@adonisjs/core/types'

/** URL of the application's root: the source folder, or `build/` once compiled. */
export const APP_ROOT = new URL('../', import.meta.url)

let ending = false

/** Whether somebody has told the process to end: what fails from then on fails because of that. */
export const isEnding = () => ending

/**
 * Providers finish running work, and then the process ends, whatever it was about to start: a signal may come while it boots.
 * Another signal changes nothing; npm passes one on that the terminal has sent to both.
 */
async function end(app: ApplicationService): Promise<void> {
  if (ending) return
  ending = true
  await app.terminate().catch((error: unknown) => {
    console.error(error)
    process.exitCode = 1
  })
  process.exit()
}

/**
 * The one way every process of Webtresor boots: same importer, same environment check, same signals.
 * SIGTERM and SIGINT both terminate through the application, so that providers finish running work first.
 */
export function ignite(): Ignitor {
  return new Ignitor(APP_ROOT, {
    importer: (filePath) =>
      filePath.startsWith('./') || filePath.startsWith('../')
        ? import(new URL(filePath, APP_ROOT).href)
        : import(filePath),
  }).tap((app) => {
    app.booting(async () => {
      await import('#start/env')
      // The framework's own default would listen on every address.
      process.env.HOST ||= 'localhost'
      process.env.PORT ||= '3333'
    })
    app.listen('SIGTERM', () => void end(app))
    app.listen('SIGINT', () => void end(app))
  })
}
