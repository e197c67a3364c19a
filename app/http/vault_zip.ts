import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { I18n } from '@adonisjs/i18n'
import type { Chosen, VaultFile, Vaults } from '#vault'
import { entryNames, layoutZip, readZip, safeName, type ZipEntry } from '#zip'

/** Files and folders in one ZIP at most: its list of contents is in memory while it is sent. */
export const MOST_ENTRIES = 20_000

/** A selection as one file to be sent. */
export interface VaultZip {
  name: string
  type: 'application/zip'
  size: number
  etag: string
  read(range: { start: number; end: number }): Readable
  /** Files in it, and those that are not handed out. */
  files: VaultFile[]
  left: VaultFile[]
}

type Content = { file: VaultFile } | { bytes: Buffer }

/**
 * A selection as a ZIP: folders as folders, names safe everywhere. Files that are not handed out are left out, and a text
 * inside says which and why.
 */
export function vaultZip(vaults: Vaults, chosen: Chosen[], name: string, i18n: I18n): VaultZip {
  const entries: ZipEntry[] = []
  const contents: Content[] = []
  const files: VaultFile[] = []
  const left: { path: string; file: VaultFile }[] = []
  const add = (entry: ZipEntry, content: Content) => {
    entries.push(entry)
    contents.push(content)
  }
  const collect = (level: Chosen[], folder: string) => {
    const names = entryNames(level.map(({ entry }) => entry.name))
    for (const [index, { entry, inside }] of level.entries()) {
      const path = folder + names[index]!
      if (entry.kind === 'folder') {
        const facts = { name: `${path}/`, size: 0, crc32: 0, modifiedAt: entry.changedAt }
        add(facts, { bytes: Buffer.alloc(0) })
        collect(inside, `${path}/`)
      } else if (entry.downloadable && entry.crc32 !== null) {
        const { size, changedAt: modifiedAt } = entry
        add({ name: path, size, crc32: entry.crc32, modifiedAt }, { file: entry })
        files.push(entry)
      } else left.push({ path, file: entry })
    }
  }
  collect(chosen, '')
  if (left.length > 0) {
    const bytes = Buffer.from(listOf(left, i18n))
    const taken = chosen.map(({ entry }) => entry.name)
    const [text] = entryNames([...taken, i18n.t('uploads.zip_left_name')]).slice(-1)
    const modifiedAt = new Date(Math.max(...left.map(({ file }) => file.changedAt.getTime())))
    add({ name: text!, size: bytes.length, crc32: crc32(bytes), modifiedAt }, { bytes })
  }
  const layout = layoutZip(entries)
  return {
    name: `${safeName(name)}.zip`,
    type: 'application/zip',
    size: layout.length,
    etag: etagOf(entries, contents),
    read: (range) => {
      return readZip(layout, range, (index, part) => {
        const content = contents[index]!
        if ('file' in content) return vaults.read(content.file, part)
        return Readable.from([content.bytes.subarray(part.start, part.end)])
      })
    },
    files,
    left: left.map(({ file }) => file),
  }
}

/** Another selection, name or version makes another file of it: what was begun is not gone on with. */
function etagOf(entries: ZipEntry[], contents: Content[]): string {
  const hash = createHash('sha256')
  for (const [index, { name, size, crc32: sum, modifiedAt }] of entries.entries()) {
    const content = contents[index]!
    const blob = 'file' in content ? content.file.blob : ''
    hash.update(`${JSON.stringify([name, size, sum, modifiedAt.getTime(), blob])}\n`)
  }
  return `"${hash.digest('base64url')}"`
}

function listOf(left: { path: string; file: VaultFile }[], i18n: I18n): string {
  const lines = left.map(({ path, file }) => {
    const why = file.gone ? 'gone' : file.verdict
    return `${path}\t${i18n.t(`uploads.zip_left_${why}`)}`
  })
  return [i18n.t('uploads.zip_left_title'), '', ...lines, ''].join('\r\n')
}
