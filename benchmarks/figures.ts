/** The middle of the values; of an even number the higher of the two. */
export function median(values: number[]): number {
  return quantile(values, 0.5)
}

/** @param share 0.99 is the value that 99 of 100 do not exceed */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
