import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'

/**
 * Reads a secret from `path`, or makes it once: mode 0600, durable before it is used, never overwritten.
 *
 * Two processes that start together agree: `link(2)` fails for the second, which then reads the first's secret.
 *
 * @param make returns the secret's text; called only when there is no file
 */
export async function secretFile(
  path: string,
  make: () => string | Promise<string>
): Promise<string> {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }

  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = join(dirname(path), `.${randomUUID()}`)
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, await make())
  fsyncSync(file)
  closeSync(file)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return readFileSync(path, 'utf8')
}
