import type { Random } from '../mime_generator.ts'

/** One thing that is fed with odd bytes. */
export interface Target {
  /** Bytes for the next try. */
  draw(random: Random): Buffer
  /** Throws when the product does with these bytes what it must not. The same bytes give the same answer. */
  check(input: Buffer): Promise<void>
  /** Ends what the target holds open. */
  close?(): Promise<void>
}

/** What a target throws when the product did something wrong; any other error is a crash of the product. */
export class Fault extends Error {}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Fault(what)
}
