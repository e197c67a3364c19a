import type { House } from '#tests/house'

interface Row {
  id: number
  vault_id: number
  parent_id: number
  kind: string
  name: string
  name_key: string
  trashed_at: number | null
  purged_at: number | null
}

/** What is wrong with the trees of all vaults, by the tables alone. */
export async function treeProblems({ db }: House): Promise<string[]> {
  const problems: string[] = []
  const rows: Row[] = await db.from('entries').whereNull('purged_at').orderBy('id')
  const byId = new Map(rows.map((row) => [row.id, row]))
  const names = new Set<string>()
  for (const row of rows.filter(({ trashed_at: trashed }) => trashed === null)) {
    const key = JSON.stringify([row.vault_id, row.parent_id, row.name_key])
    if (names.has(key)) problems.push(`${row.id} ${row.name}: the name is there twice`)
    names.add(key)
    if (row.name.toLowerCase() !== row.name_key) problems.push(`${row.id}: another key`)
    let above: Row | undefined = row
    for (let level = 1; above.parent_id !== 0; level++) {
      const parent = byId.get(above.parent_id)
      if (!parent || parent.kind !== 'folder' || parent.trashed_at !== null) {
        problems.push(`${row.id} ${row.name}: lies nowhere`)
        break
      }
      if (parent.vault_id !== row.vault_id) problems.push(`${row.id}: lies in two vaults`)
      if (level > 64) {
        problems.push(`${row.id} ${row.name}: goes round, or too deep`)
        break
      }
      above = parent
    }
  }
  const vaults: { id: number; number: number; used: number; quota: number | null }[] =
    await db.from('vaults')
  for (const { id, number, used, quota } of vaults) {
    const [sum] = (await db
      .from('versions')
      .join('entries', 'entries.id', 'versions.entry_id')
      .where('entries.vault_id', id)
      .whereNull('versions.retired_at')
      .sum('versions.size as bytes')) as { bytes: number | string | null }[]
    const bytes = Number(sum?.bytes ?? 0)
    if (bytes !== used) problems.push(`vault ${number}: ${used} bytes instead of ${bytes}`)
    if (quota !== null && used > quota) problems.push(`vault ${number}: more than its quota`)
  }
  const gone: { id: string }[] = await db.from('blobs').whereNotNull('shredded_at').select('id')
  const shredded = gone.map((blob) => blob.id)
  const lost = await db
    .from('versions')
    .whereNull('retired_at')
    .whereIn('blob', shredded)
    .select('id')
  if (lost.length > 0) problems.push(`${lost.length} versions have no bytes`)
  return problems
}
