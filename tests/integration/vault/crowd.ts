import type { Database } from '@adonisjs/lucid/database'
import { randomUUID } from 'node:crypto'
import { nameColumns } from '../../../app/vault/names.ts'

/** Rows in one INSERT: SQLite takes about 32,000 values. */
const AT_ONCE = 400

/**
 * Puts many small files into one folder, past the domain: to see how lists of them are read.
 *
 * @param makers accounts that take turns
 */
export async function crowd(
  db: Database,
  vaultId: number,
  folder: number,
  count: number,
  makers: { id: number; name: string }[]
): Promise<void> {
  const [last] = (await db.from('entries').max('id as id')) as { id: number | null }[]
  const first = (last?.id ?? 0) + 1
  const extensions = ['pdf', 'xlsx', 'docx', 'jpg', 'txt']
  for (let done = 0; done < count; done += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - done) }, (_, nth) => done + nth)
    const files = numbers.map((nth) => {
      const maker = makers[nth % makers.length]!
      const at = 1_700_000_000_000 + ((nth * 7919) % 1000) * 60_000
      return {
        ...nameColumns(`Beleg ${(nth * 31) % count}.${extensions[nth % 5]}`, 'file'),
        id: first + nth,
        vault_id: vaultId,
        parent_id: folder,
        kind: 'file',
        type: 'application/pdf',
        size: (nth * 104_729) % 5000,
        version: 1,
        made_by_id: maker.id,
        made_by_name: maker.name,
        made_at: at,
        changed_by_name: nth % 3 === 0 ? maker.name : '',
        changed_at: at,
      }
    })
    await db.insertQuery().table('entries').multiInsert(files)
    const versions = files.map(({ id, type, size, made_by_name: by, made_at: made }) => ({
      ...{ entry_id: id, number: 1, blob: randomUUID(), size, type, verdict: 'clean' },
      ...{ made_by_name: by, made_at: made },
    }))
    await db.insertQuery().table('versions').multiInsert(versions)
  }
}
