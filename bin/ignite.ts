import { Ignitor } from '@adonisjs/core'

/** URL of the application's root: the source folder, or `build/` once compiled. */
export const APP_ROOT = new URL('../', import.meta.url)

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
    app.listen('SIGTERM', () => app.terminate())
    app.listen('SIGINT', () => app.terminate())
  })
}
