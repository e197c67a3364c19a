/** Half-open ranges of bytes, sorted, without overlap or contact: what was sent of a file so far. */
export type Ranges = [start: number, end: number][]

/** Adds one range; empty ones change nothing. */
export function addRange(ranges: Ranges, start: number, end: number): Ranges {
  if (end <= start) return ranges
  const apart = ranges.filter(([from, to]) => to < start || from > end)
  const touching = ranges.filter(([from, to]) => to >= start && from <= end)
  const merged: [number, number] = [
    Math.min(start, ...touching.map(([from]) => from)),
    Math.max(end, ...touching.map(([, to]) => to)),
  ]
  return [...apart, merged].sort(([a], [b]) => a - b)
}

/** How many bytes between `start` and `end` the ranges cover. */
export function covered(ranges: Ranges, start: number, end: number): number {
  return ranges.reduce(
    (sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, start)),
    0
  )
}
