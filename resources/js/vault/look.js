/**
 * Looks at a file, and at what is known of it, without leaving the list. The page of each is fetched and its part shown; the content
 * itself is handed to a frame that can reach nothing.
 */
import { part, post } from './server.js'
import { hand } from './hand.js'
import { say } from './words.js'

/** Component around the two dialogs. */
export function look() {
  return {
    entry: null,

    get title() {
      return this.entry?.name ?? ''
    },

    get link() {
      return this.entry?.download ?? ''
    },

    async details(entry) {
      this.entry = { ...entry, row: null }
      const { drawer, detailsBody } = this.$refs
      detailsBody.textContent = say('loading')
      if (!drawer.open) drawer.showModal()
      try {
        const page = await part(entry.details, 'details')
        detailsBody.replaceChildren(...page.getElementById('details').childNodes)
      } catch (error) {
        detailsBody.textContent = error.message
      }
    },

    async at(entry) {
      this.entry = { ...entry, row: null }
      const { look, lookBody } = this.$refs
      lookBody.replaceChildren()
      if (!look.open) look.showModal()
      try {
        const page = await part(entry.look, 'look')
        lookBody.replaceChildren(...page.getElementById('look').childNodes)
        await hand(lookBody.querySelector('iframe'))
      } catch (error) {
        lookBody.textContent = error.message
      }
    },

    /** Nothing of a file stays when it is put away. */
    away() {
      this.$refs.lookBody.replaceChildren()
    },

    /** A form of the details, such as restoring a version. */
    async submitted(event) {
      if (!event.target.matches('form[data-sends]')) return
      event.preventDefault()
      try {
        const done = await post(event.target.action, {})
        const question = event.target.closest('dialog')
        if (question !== this.$refs.drawer) question.close()
        this.$dispatch('file-changed', { ...done, after: () => this.details(this.entry) })
        this.details(this.entry)
      } catch (error) {
        this.$store.toasts.add(error.message, { kind: 'bad' })
      }
    },
  }
}
