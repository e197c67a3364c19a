/** Short words after a change, with a way back. They stay long enough to be read and pressed. */
import { post } from './server.js'
import { say } from './words.js'

const LONG_ENOUGH = 9000
const AT_ONCE = 3

/** A modal dialog makes all outside of it inert: while one is open, what is said is said inside, and its button can be pressed. */
function comeIntoReach() {
  const toasts = document.querySelector('.toasts')
  const place = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body
  if (toasts.parentElement !== place) place.append(toasts)
}

/** Store `toasts`: `items` are { id, text, kind, undo }. */
export function toasts() {
  let last = 0
  const timers = new Map()
  document.addEventListener('close', comeIntoReach, true)
  return {
    items: [],

    /**
     * @param undo { action, fields } as the server offers it, or a function
     * @param after called once it was undone, with the answer
     */
    add(text, { kind = 'good', undo = null, after = null } = {}) {
      const id = ++last
      this.items.push({ id, text, kind, undo, after })
      comeIntoReach()
      while (this.items.length > AT_ONCE) this.drop(this.items[0].id)
      if (kind !== 'bad') this.wait(id)
    },

    wait(id) {
      timers.set(
        id,
        setTimeout(() => this.drop(id), LONG_ENOUGH)
      )
    },

    /** While the pointer or the focus is on it, it stays. */
    hold(id) {
      clearTimeout(timers.get(id))
    },

    drop(id) {
      clearTimeout(timers.get(id))
      timers.delete(id)
      this.items = this.items.filter((item) => item.id !== id)
    },

    async undo(id) {
      const item = this.items.find((one) => one.id === id)
      this.drop(id)
      if (!item?.undo) return
      try {
        const done = await post(item.undo.action, item.undo.fields)
        this.add(done.text ?? say('undone'))
        item.after?.(done)
      } catch (error) {
        this.add(error.message, { kind: 'bad' })
        item.after?.({})
      }
    },
  }
}
