import type { OurPart } from './our_reader.ts'
import type { Disagreement, ReaderName, Reading } from './reading.ts'

/**
 * Where a reader sees other parts than we do. Parts are told apart by content, whatever their order; empty ones, which some
 * readers leave out, count for nothing. What we take for the text of the mail must be no file to the reader.
 */
export function compare(ours: OurPart[], theirs: Reading, reader: ReaderName): Disagreement[] {
  const found: Disagreement[] = []
  const left = new Set(ours.filter(({ print }) => print !== ''))
  const shownAsFile = new Set<OurPart>()
  for (const { print, file } of theirs) {
    if (print === '') continue
    const same = [...left].filter((part) => part.print === print)
    // Of two parts with one content the one that is no text to us is the file.
    const match = same.find(({ leaf }) => leaf.body !== file) ?? same[0]
    if (!match) {
      found.push({ path: '', reason: `${reader}_finds_part` })
      continue
    }
    left.delete(match)
    if (match.leaf.body && file) shownAsFile.add(match)
  }
  for (const { leaf } of shownAsFile) {
    found.push({ path: leaf.path, reason: `${reader}_shows_file` })
  }
  for (const { leaf } of left) found.push({ path: leaf.path, reason: `${reader}_misses_part` })
  return found
}
