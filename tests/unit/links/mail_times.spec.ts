import { test } from '@japa/runner'
import { formatMoment } from '../../../app/links/mails.ts'

test('moments in letters are those of Berlin, whatever the clock of the machine shows', ({
  assert,
  cleanup,
}) => {
  const { TZ } = process.env
  cleanup(() => {
    if (TZ === undefined) delete process.env.TZ
    else process.env.TZ = TZ
  })
  const late = new Date('2026-11-26T23:30:00Z')
  for (const zone of ['UTC', 'America/New_York', 'Europe/Berlin']) {
    process.env.TZ = zone
    assert.equal(formatMoment(late, 'de'), '27. November 2026 um 00:30')
    assert.equal(formatMoment(late, 'en'), '27 November 2026 at 00:30')
  }
})
