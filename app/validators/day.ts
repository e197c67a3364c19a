import vine from '@vinejs/vine'
import { DateTime } from 'luxon'

/** A day as a date input sends it: `2026-11-24`. */
export const day = vine.string().use(
  vine.createRule((value, _options, field) => {
    const parsed = DateTime.fromFormat(String(value), 'yyyy-MM-dd', { zone: 'utc' })
    if (!parsed.isValid || parsed.year < 1970) {
      field.report('The {{ field }} field must be a day', 'day', field)
    }
  })()
)
