import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Test vectors of docs/archive-format.md, made by an implementation that shares nothing with ours. */
export function vectors<T>(name: string): T {
  const path = join(import.meta.dirname, `../../fixtures/vectors/${name}.json`)
  return JSON.parse(readFileSync(path, 'utf8'))
}
