import TransmitProvider from '@adonisjs/transmit/transmit_provider'

/** Transmit as it comes, but what was never asked for is not made in order to be shut down. */
export default class LiveProvider extends TransmitProvider {
  #isMade = false

  register() {
    super.register()
    this.app.container.resolving('transmit', () => {
      this.#isMade = true
    })
  }

  async shutdown() {
    if (this.#isMade) await super.shutdown()
  }
}
