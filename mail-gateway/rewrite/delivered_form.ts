import { decodeBody } from '../mime/codecs.ts'
import type { MimePart, MimeTree } from '../mime/tree.ts'
import { Fingerprint } from '../opinions/fingerprint.ts'
import { irregularitiesOf, leaves, type Plan, type Problem } from './plan.ts'
import type { ReadRange } from './facts.ts'

type Open = () => AsyncIterable<Uint8Array>

/** Fingerprints of the parts that stay in the mail as they are, header and body, in the order of the original. */
export async function keptPrints(
  tree: MimeTree,
  plan: Plan,
  readRange: ReadRange
): Promise<string[]> {
  const kept = new Set(plan.parts.filter(({ action }) => action === 'keep').map(({ path }) => path))
  const staying = leaves(tree.root).filter(({ path }) => kept.has(path))
  const prints: string[] = []
  for (const { start, end } of staying) {
    const print = new Fingerprint()
    for await (const chunk of readRange(start, end)) print.update(chunk)
    prints.push(print.digest())
  }
  return prints
}

/**
 * What is wrong with a rewritten form, as our scanner reads it again: each of its parts must be one that the plan keeps, or
 * bear the notice, and nothing may be irregular that was not so before. Nothing is wrong when the answer is empty.
 *
 * @param original the mail as it was taken in
 * @param form the scanned form
 * @param open the form as it goes over the wire
 * @param kept what `keptPrints` says
 * @param link the address in the notice
 */
export async function formProblems(
  original: MimeTree,
  form: MimeTree,
  open: Open,
  kept: readonly string[],
  link: string
): Promise<Problem[]> {
  const before = new Set(original.irregular)
  const problems = irregularitiesOf(form).filter(
    ({ reason }) => !(before as ReadonlySet<string>).has(reason)
  )
  const left = [...kept]
  const changed: MimePart[] = []
  for (const { part, print } of await printsOf(open, leaves(form.root))) {
    const index = left.indexOf(print)
    if (index === -1) changed.push(part)
    else left.splice(index, 1)
  }
  // The notice stands in one text and one HTML part, or in a part of its own: then all others are as they were.
  const added = changed.length - left.length
  if (changed.length === 0 || changed.length > 2 || added < 0 || added > 1) {
    problems.push({ path: '', reason: 'form_has_other_parts' })
    return problems
  }
  for (const part of changed) {
    if (!(await bears(slice(open(), part.bodyStart, part.bodyEnd), part.transferEncoding, link))) {
      problems.push({ path: part.path, reason: 'form_has_other_parts' })
    }
  }
  return problems
}

/** Each part's fingerprint, in one pass. */
async function printsOf(open: Open, parts: MimePart[]) {
  const prints = parts.map((part) => ({ part, print: new Fingerprint() }))
  let first = 0
  let at = 0
  for await (const chunk of open()) {
    for (let index = first; index < prints.length; index++) {
      const { part, print } = prints[index]!
      if (part.start >= at + chunk.length) break
      print.update(chunk.subarray(Math.max(0, part.start - at), Math.max(0, part.end - at)))
      if (part.end <= at) first = index + 1
    }
    at += chunk.length
  }
  return prints.map(({ part, print }) => ({ part, print: print.digest() }))
}

async function* slice(source: AsyncIterable<Uint8Array>, start: number, end: number) {
  let at = 0
  for await (const chunk of source) {
    if (at + chunk.length > start) {
      yield chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    }
    at += chunk.length
    if (at >= end) break
  }
}

async function bears(source: AsyncIterable<Uint8Array>, encoding: string, link: string) {
  let tail = ''
  for await (const chunk of decodeBody(source, encoding)) {
    // NULs are what UTF-16 puts between the letters.
    const text = tail + chunk.toString('latin1').replaceAll('\0', '')
    if (text.includes(link)) return true
    tail = text.slice(-link.length)
  }
  return false
}
