import { Refused } from '#errors'
import type { Conflict } from '#vault'

/** What an upload says about itself (tus, Upload-Metadata). */
export interface UploadFacts {
  vault: number
  folder: number | null
  name: string
  type: string
  /** Folders below `folder`. */
  path: string[]
  conflict: Conflict
}

const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,100}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}$/i
const CONFLICTS: readonly string[] = ['ask', 'replace', 'keep', 'skip'] satisfies Conflict[]
const NUMBER = /^[1-9]\d{0,8}$/

/**
 * Reads the metadata of an upload. What the names in it may be, the vault says.
 *
 * @throws Refused `E_METADATA`, `facts.field` says what is missing or makes no sense
 */
export function readMetadata(metadata: Record<string, string | null> | undefined): UploadFacts {
  const text = (key: string) => {
    const value = metadata?.[key] ?? ''
    // How browsers' clients write that there is none.
    return value === 'null' || value === 'undefined' ? '' : value
  }
  const number = (key: string) => {
    const value = text(key)
    if (value !== '' && !NUMBER.test(value)) throw wrong(key)
    return value === '' ? null : Number(value)
  }
  const name = text('filename')
  if (name === '') throw wrong('filename')
  const conflict = text('conflict') || 'ask'
  if (!CONFLICTS.includes(conflict)) throw wrong('conflict')
  return {
    vault: number('vault') ?? 0,
    folder: number('folder'),
    name,
    type: mediaType(text('filetype')),
    path: text('relativePath').replace(/^\//, '').split('/').slice(0, -1),
    conflict: conflict as Conflict,
  }
}

/** What a client calls the kind of its file, as far as that is one: it stands in attributes and columns. */
export function mediaType(text: string): string {
  const plain = text.split(';')[0]!.trim().toLowerCase()
  return TYPE.test(plain) ? plain : 'application/octet-stream'
}

function wrong(field: string): Refused {
  return new Refused('E_METADATA', `Upload-Metadata: ${field} is missing or makes no sense`, {
    facts: { field },
  })
}
