/**
 * Whoever uses keys must not lose the place: what has the focus may be hidden or disabled by what was just done with
 * it. The browser takes the focus away from it only later, so it is asked whether it still can have it.
 */
const isDead = (element) => element.matches(':disabled') || !element.checkVisibility()

/** Whether the focus is on what can no longer be used. */
export const isStuck = () => isDead(document.activeElement)

/** Whether the focus is nowhere. */
export const isLost = () => document.activeElement === document.body || isStuck()

/**
 * Buttons of uploads and toasts that go away once they are pressed: the focus goes on beside them.
 *
 * @param home takes it where nothing is left there
 */
export function keepFocus(home) {
  function pressed({ target, detail }) {
    const places = [target.closest?.('.queue li'), target.closest?.('.queue, .toasts')]
    const byKey = detail === 0
    if (!byKey || !places[1]) return
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (!isLost()) return
        const buttons = places.flatMap((one) => [...(one?.querySelectorAll('button') ?? [])])
        const next = buttons.find((button) => !isDead(button))
        if (next) next.focus()
        else home()
      })
    )
  }
  // Before the button does its work: it may be gone afterwards.
  document.addEventListener('click', pressed, { capture: true })
}
