import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/** Bytes that databases of a suite may take. */
const ENOUGH = 4 * 2 ** 30

/**
 * Where databases of tests are made: in memory where Linux offers enough of it, since each is a thousand new files on PostgreSQL, and
 * what ends with the test needs no disk.
 */
export function memoryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize >= ENOUGH ? '/dev/shm' : tmpdir()
  } catch {
    return tmpdir()
  }
}
