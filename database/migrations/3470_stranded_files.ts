import { BaseSchema } from '@adonisjs/lucid/schema'

/**
 * Files whose folder was destroyed before them: nobody saw them in the trash any more, and they counted towards the limit of the
 * vault. Their content went as it should.
 */
export default class extends BaseSchema {
  async up() {
    this.schema.raw(
      `UPDATE entries SET purged_at = trashed_at
        WHERE kind = 'file' AND trashed_at IS NOT NULL AND purged_at IS NULL AND parent_id <> 0
          AND NOT EXISTS (SELECT 1 FROM entries AS folder WHERE folder.id = entries.parent_id)`
    )
  }

  async down() {}
}
