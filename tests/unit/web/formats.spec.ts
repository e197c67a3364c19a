import { test } from '@japa/runner'
import { Formats } from '../../../app/formats.ts'
import { fileKind } from '../../../app/file_kind.ts'

const german = new Formats('de', 'Europe/Berlin')
const english = new Formats('en', 'Europe/Berlin')

/** Intl puts narrow and no-break spaces where people read a space. */
const spaced = (text: string) => text.replace(/\s/gu, ' ')

test.group('sizes', () => {
  test('{bytes} bytes are {de}, {en}')
    .with([
      { bytes: 0, de: '0 Byte', en: '0 bytes' },
      { bytes: 1023, de: '1.023 Byte', en: '1,023 bytes' },
      { bytes: 1024, de: '1 KB', en: '1 KB' },
      { bytes: 1536, de: '1,5 KB', en: '1.5 KB' },
      { bytes: 164_864, de: '161 KB', en: '161 KB' },
      { bytes: 1024 ** 2 - 1, de: '1 MB', en: '1 MB' },
      { bytes: 2_515_123, de: '2,4 MB', en: '2.4 MB' },
      { bytes: 157_286_400, de: '150 MB', en: '150 MB' },
      { bytes: 5 * 1024 ** 3, de: '5 GB', en: '5 GB' },
      { bytes: 5000 * 1024 ** 4, de: '5.000 TB', en: '5,000 TB' },
    ])
    .run(({ assert }, { bytes, de, en }) => {
      assert.deepEqual([german.size(bytes), english.size(bytes)], [de, en])
    })
})

test.group('dates', () => {
  const at = Date.parse('2026-11-23T09:41:07Z')

  test('stand in the time zone and manner of the reader', ({ assert }) => {
    assert.equal(spaced(german.dateTime(at)), '23.11.2026, 10:41')
    assert.equal(spaced(german.dateTime(at, true)), '23.11.2026, 10:41:07')
    assert.equal(spaced(english.dateTime(at)), '23 Nov 2026, 10:41')
    assert.equal(german.date(new Date('2026-11-23T23:30:00Z')), '24.11.2026')
  })

  test('in lists say what is not obvious: {de}')
    .with([
      { now: '2026-11-23T20:00:00Z', de: '10:41' },
      { now: '2026-11-25T08:00:00Z', de: 'Mo., 23.11.' },
      { now: '2026-12-24T08:00:00Z', de: '23. Nov.' },
      { now: '2027-06-01T08:00:00Z', de: '23.11.2026' },
    ])
    .run(({ assert }, { now, de }) => {
      assert.equal(spaced(german.shortDate(at, new Date(now))), de)
    })
})

test('{name} is shown as {label}')
  .with([
    { name: 'Bilanz.PDF', label: 'PDF', style: 'pdf' },
    { name: 'Lohn.xlsx', label: 'XLSX', style: 'sheet' },
    { name: 'ohne Endung', label: '–', style: '' },
    { name: 'x.<b>', label: '–', style: '' },
  ])
  .run(({ assert }, { name, label, style }) => {
    assert.deepEqual(fileKind(name), { label, style })
  })
