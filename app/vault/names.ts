import { Refused } from '#errors'
import { sortKey } from '../sort_key.ts'

/** What file systems take for one name, in bytes of UTF-8. */
const LONGEST = 255
/** UTF-16 units of what is looked at as a name at all: normalizing takes the square of the marks that stand in a row. */
const LONGEST_TEXT = 1000
/** A longer ending is no extension. */
const LONGEST_EXTENSION = 20

/** Why a name is none. */
export type NameFault = 'empty' | 'long' | 'slash' | 'dots' | 'control'

/**
 * The name as it is kept: NFC, otherwise as given. Windows' reserved names and trailing dots are names too; they are made
 * harmless where they leave the vault.
 *
 * @throws Refused `E_NAME`, `facts.why` a `NameFault`
 */
export function checkedName(name: string): string {
  const isText = name.length <= LONGEST_TEXT
  const kept = isText ? name.normalize('NFC') : name
  const fault = isText ? faultOf(kept) : 'long'
  if (fault) throw new Refused('E_NAME', `Not a name: ${fault}`, { facts: { why: fault, name } })
  return kept
}

function faultOf(name: string): NameFault | undefined {
  if (name.trim() === '') return 'empty'
  if (name === '.' || name === '..') return 'dots'
  if (name.includes('/')) return 'slash'
  // Half a surrogate pair is no character.
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) return 'control'
  return Buffer.byteLength(name) > LONGEST ? 'long' : undefined
}

/** A name for what others called something: what no name may have is replaced, and its extension stays when it is cut. */
export function fittedName(text: string, more = ''): string {
  const plain = shortened(text)
    .toWellFormed()
    .normalize('NFC')
    .replace(/\//g, '-')
    .replace(/\p{Cc}/gu, ' ')
  const { stem, extension } = parts(plain)
  const name = cut(stem, LONGEST - Buffer.byteLength(more + extension)) + more + extension
  return faultOf(name) ? `_${more}` : name
}

/** What is left out of a long text would not fit into a name anyway. */
function shortened(text: string): string {
  if (text.length <= LONGEST_TEXT) return text
  return text.slice(0, LONGEST_TEXT - LONGEST_EXTENSION) + text.slice(-LONGEST_EXTENSION)
}

/** The name that stands for it where the name is taken: `Bericht (2).pdf`. */
export const numberedName = (name: string, number: number) => fittedName(name, ` (${number})`)

/** Two names with one key may not lie in one folder. */
export function nameKey(name: string): string {
  // Greek has two small forms of one letter.
  return name.normalize('NFC').toLowerCase().replace(/ς/g, 'σ').normalize('NFC')
}

/** The extension of a file in small letters, without the dot; nothing for folders and names without one. */
export const extensionOf = (name: string) => parts(name).extension.slice(1).toLowerCase()

function parts(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot) : ''
  if (extension.length < 2 || extension.length > LONGEST_EXTENSION || extension.includes(' ')) {
    return { stem: name, extension: '' }
  }
  return { stem: name.slice(0, dot), extension }
}

const characters = new Intl.Segmenter()

/** Cuts between characters, as a reader sees them. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let kept = ''
  let size = 0
  for (const { segment } of characters.segment(text.slice(0, bytes))) {
    size += Buffer.byteLength(segment)
    if (size > bytes) break
    kept += segment
  }
  return kept
}

/** The columns that follow from a name. */
export function nameColumns(name: string, kind: 'file' | 'folder') {
  return {
    name,
    name_key: nameKey(name),
    sort_name: sortKey(name),
    extension: kind === 'file' ? extensionOf(name) : '',
  }
}
