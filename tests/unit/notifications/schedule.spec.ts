import { test } from '@japa/runner'
import { digestAt, digestDay, tellAt } from '../../../app/notifications/schedule.ts'

const at = (text: string) => new Date(text)

test.group('what is new is told', () => {
  test('ten minutes after the last, an hour after the first at the latest', ({ assert }) => {
    const first = at('2026-11-26T10:00:00Z')
    assert.deepEqual(tellAt(first, first), at('2026-11-26T10:10:00Z'))
    assert.deepEqual(tellAt(first, at('2026-11-26T10:30:00Z')), at('2026-11-26T10:40:00Z'))
    assert.deepEqual(tellAt(first, at('2026-11-26T10:58:00Z')), at('2026-11-26T11:00:00Z'))
  })
})

test.group('the digest', () => {
  test('of {zone} due at {now} is that of {day}')
    .with([
      { zone: 'Europe/Berlin', now: '2026-11-26T05:59:59Z', day: '2026-11-25' },
      { zone: 'Europe/Berlin', now: '2026-11-26T06:00:00Z', day: '2026-11-26' },
      { zone: 'Europe/Berlin', now: '2026-11-26T22:59:00Z', day: '2026-11-26' },
      { zone: 'Europe/Berlin', now: '2026-11-27T00:30:00Z', day: '2026-11-26' },
      // Clocks go back and forward: seven is seven.
      { zone: 'Europe/Berlin', now: '2026-10-25T05:59:59Z', day: '2026-10-24' },
      { zone: 'Europe/Berlin', now: '2026-10-25T06:00:00Z', day: '2026-10-25' },
      { zone: 'Europe/Berlin', now: '2026-03-29T04:59:59Z', day: '2026-03-28' },
      { zone: 'Europe/Berlin', now: '2026-03-29T05:00:00Z', day: '2026-03-29' },
      { zone: 'America/New_York', now: '2026-11-26T12:00:00Z', day: '2026-11-26' },
      { zone: 'Pacific/Kiritimati', now: '2026-11-25T17:00:00Z', day: '2026-11-26' },
    ])
    .run(({ assert }, { zone, now, day }) => {
      assert.equal(digestDay(at(now), zone), day)
      assert.isAtMost(digestAt(day, zone).getTime(), at(now).getTime())
    })

  test('comes once for each day of a year, whatever the clocks do', ({ assert }) => {
    const days = new Set<string>()
    let changes = 0
    let last = ''
    for (let hour = 0; hour < 365 * 24; hour++) {
      const day = digestDay(new Date(Date.UTC(2026, 0, 1, hour)), 'Europe/Berlin')
      if (day !== last) changes++
      last = day
      days.add(day)
    }
    assert.equal(changes, days.size)
    assert.equal(days.size, 366)
  })
})
