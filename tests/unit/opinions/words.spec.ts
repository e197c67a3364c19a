import { readFileSync } from 'node:fs'
import { test } from '@japa/runner'
import { BLINDNESS } from '#scanning'
import { irregularities } from '../../../mail-gateway/mime/irregularities.ts'
import { readers } from '../../../mail-gateway/opinions/reading.ts'

/** They are held for what they are, not as ambiguous. */
const elsewhere = new Set(['message_partial', 'external_body'])

test.group('What was found in a mail, in words', () => {
  for (const language of ['de', 'en']) {
    test(language, ({ assert }) => {
      const file = new URL(`../../../resources/lang/${language}/problems.json`, import.meta.url)
      const words = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
      const outcomes = ['misses_part', 'finds_part', 'shows_file', 'fails']
      const slugs = [
        ...Object.keys(irregularities).filter((slug) => !elsewhere.has(slug)),
        ...readers.flatMap((reader) => outcomes.map((outcome) => `${reader}_${outcome}`)),
        'part_outside_boundaries',
        'uuencoded_file',
        'yenc_file',
        'binhex_file',
        'part_in_text',
        'line_ends_change_parts',
        'form_has_other_parts',
        'opinions_timed_out',
        'opinions_crashed',
        'too_large_to_compare',
        ...Object.keys(BLINDNESS).map((name) => `scan_${name}`),
      ]
      assert.sameMembers(Object.keys(words), ['in_part', ...slugs])
    })
  }
})
