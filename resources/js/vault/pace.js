/** How fast something goes: over the last seconds, so that a line that stands still is seen to. */
const WINDOW = 6000
/** Sooner nothing is said, in milliseconds. */
const SOONEST = 500

export class Pace {
  #samples = []
  #begun = null

  /** @param bytes that came since the last call */
  add(bytes, now = performance.now()) {
    this.#begun ??= now
    this.#samples.push({ now, bytes })
  }

  /** Bytes per second; 0 as long as that is not known, or when nothing moves. */
  rate(now = performance.now()) {
    if (this.#begun === null) return 0
    while (this.#samples.length > 0 && now - this.#samples[0].now > WINDOW) this.#samples.shift()
    const time = Math.min(WINDOW, now - this.#begun)
    if (time < SOONEST) return 0
    return (this.#samples.reduce((sum, { bytes }) => sum + bytes, 0) / time) * 1000
  }

  /** After a pause it is measured anew. */
  rest() {
    this.#samples = []
    this.#begun = null
  }
}
