import ViteProvider from '@adonisjs/vite/vite_provider'

/** Vite as it comes, but tests get the built assets as production does, and no development server. */
export default class AssetsProvider extends ViteProvider {
  async start() {
    if (this.app.getEnvironment() !== 'test') await super.start()
  }
}
