import vine from '@vinejs/vine'

/** Ids of entries, as many as a person can choose at once. */
const entries = vine
  .array(vine.number().range([1, 2_147_483_647]))
  .minLength(1)
  .maxLength(5000)
/** A folder, or empty for the top level. */
const folder = vine.number().range([1, 2_147_483_647]).optional()
const conflict = vine.enum(['ask', 'replace', 'keep', 'skip'] as const).optional()

export const sorts = {
  name: 'name',
  geaendert: 'changed',
  typ: 'type',
  groesse: 'size',
  von: 'madeBy',
  zuletzt: 'changedBy',
} as const

export type SortName = keyof typeof sorts

/** Query of a vault's page. */
export const listingValidator = vine.create({
  sortierung: vine.enum(Object.keys(sorts) as SortName[]).optional(),
  absteigend: vine.enum(['1'] as const).optional(),
  nach: vine.string().maxLength(2000).optional(),
  suche: vine.string().trim().maxLength(255).optional(),
  /** Rows that the page has, to be shown again. */
  anzahl: vine.number().range([1, 1000]).optional(),
  /** Only these entries, as far as they lie here. */
  nur: vine
    .string()
    .regex(/^\d{1,9}(,\d{1,9}){0,99}$/)
    .optional(),
})

export const newVaultValidator = vine.create({ name: vine.string().maxLength(400) })
export const vaultNameValidator = newVaultValidator

/** Which names are none, the vault says in words. */
const name = vine.string().maxLength(2000).optional()

export const newFolderValidator = vine.create({
  name: name.clone(),
  ordner: folder.clone(),
})

/** Folders that come with an upload and hold no files, each with those around it: `/2026/Belege/`, so that no space is trimmed. */
export const newFoldersValidator = vine.create({
  pfade: vine
    .array(
      vine
        .string()
        .regex(/^\/.+\/$/s)
        .maxLength(20_000)
    )
    .minLength(1)
    .maxLength(500),
  ordner: folder.clone(),
})

export const renameValidator = vine.create({
  eintraege: entries.clone().fixedLength(1),
  name: name.clone(),
})

export const entriesValidator = vine.create({ eintraege: entries.clone() })

/** Entries, or all that were put into the trash together. */
export const restoreValidator = vine.create({
  eintraege: entries.clone().optional(),
  stapel: vine.string().maxLength(100).optional(),
})

export const transferValidator = vine.create({
  eintraege: entries.clone(),
  ziel: vine.number().range([1, 999_999_999]).optional(),
  ordner: folder.clone(),
  konflikt: conflict.clone(),
})

/** Until a day, the last one included. */
export const lockValidator = vine.create({
  eintraege: entries.clone(),
  bis: vine
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional(),
})

/** Names of what was done. */
export const undoValidator = vine.create({
  vorgang: vine.array(vine.string().maxLength(64)).minLength(1).maxLength(1000),
})

/** What is in the trash; all of it when left out. */
export const purgeValidator = vine.create({ eintraege: entries.clone().optional() })

/** The name of the vault, typed. */
export const deletionValidator = vine.create({
  bestaetigung: vine.string().maxLength(1000).optional(),
})
