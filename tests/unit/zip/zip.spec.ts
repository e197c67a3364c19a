import { test } from '@japa/runner'
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { TakenNames } from '#taken_names'
import { entryNames, layoutZip, readZip, safeName, type ZipEntry } from '#zip'
import { dosTime } from '../../../app/zip/layout.ts'

const run = promisify(execFile)
const GIB = 1024 ** 3

function entryOf(name: string, content: Buffer): ZipEntry {
  return {
    name,
    size: content.length,
    crc32: crc32(content),
    modifiedAt: new Date(2026, 10, 23, 10, 41, 30),
  }
}

async function whole(files: [string, Buffer][]): Promise<Buffer> {
  const layout = layoutZip(files.map(([name, content]) => entryOf(name, content)))
  return buffer(
    readZip(layout, { start: 0, end: layout.length }, (entry, { start, end }) =>
      Readable.from([files[entry]![1].subarray(start, end)])
    )
  )
}

/** What Python's zipfile says about an archive: for each entry its name, size, time, and its content as hex. */
async function listed(archive: Buffer): Promise<[string, number, number[], string][]> {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-zip-'))
  try {
    const path = join(folder, 'a.zip')
    await writeFile(path, archive)
    const { stdout } = await run('python3', [
      '-c',
      'import json,sys,zipfile\n' +
        'z=zipfile.ZipFile(sys.argv[1])\n' +
        'assert z.testzip() is None\n' +
        'print(json.dumps([[i.filename,i.file_size,list(i.date_time),z.read(i).hex()] for i in z.infolist()]))',
      path,
    ])
    return JSON.parse(stdout)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test.group('ZIP', () => {
  test('is read by others: names in UTF-8, empty files, times, contents', async ({ assert }) => {
    const files: [string, Buffer][] = [
      ['Jahresabschluss 2025 – geprüft.pdf', Buffer.from('%PDF-1.7 …')],
      ['leer.txt', Buffer.alloc(0)],
      ['日本語.bin', Buffer.from([0, 1, 2, 255])],
    ]
    const found = await listed(await whole(files))
    assert.deepEqual(
      found,
      files.map(([name, content]) => [
        name,
        content.length,
        [2026, 11, 23, 10, 41, 30],
        content.toString('hex'),
      ])
    )
  })

  test('has exactly the length of its layout, and each range is a cut of the whole', async ({
    assert,
  }) => {
    const files: [string, Buffer][] = [
      ['a.txt', Buffer.from('erste Datei')],
      ['b.txt', Buffer.alloc(0)],
      ['c.txt', Buffer.from('dritte Datei, etwas länger')],
    ]
    const layout = layoutZip(files.map(([name, content]) => entryOf(name, content)))
    const all = await whole(files)
    assert.equal(all.length, layout.length)
    const read = (start: number, end: number) =>
      buffer(
        readZip(layout, { start, end }, (entry, part) =>
          Readable.from([files[entry]![1].subarray(part.start, part.end)])
        )
      )
    await fc.assert(
      fc.asyncProperty(fc.nat(all.length), fc.nat(all.length), async (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)]
        const cut = await read(start, end)
        assert.isTrue(cut.equals(all.subarray(start, end)))
      }),
      { numRuns: 60 }
    )
  })

  test('reads only what lies in the range', async ({ assert }) => {
    const layout = layoutZip([entryOf('a', Buffer.alloc(100)), entryOf('b', Buffer.alloc(100))])
    const second = layout.pieces.find((piece) => 'entry' in piece && piece.entry === 1)!
    const asked: unknown[] = []
    await buffer(
      readZip(layout, { start: second.start + 10, end: second.start + 20 }, (entry, part) => {
        asked.push([entry, part])
        return Readable.from([Buffer.alloc(10)])
      })
    )
    assert.deepEqual(asked, [[1, { start: 10, end: 20 }]])
  })

  test('is Zip64 where sizes or offsets pass 4 GiB, as Python reads it', async ({ assert }) => {
    const entries: ZipEntry[] = [
      { name: 'groß.bin', size: 5 * GIB, crc32: 0x12345678, modifiedAt: new Date(2026, 0, 1) },
      { name: 'danach.txt', size: 6, crc32: crc32('danach'), modifiedAt: new Date(2026, 0, 1) },
    ]
    const layout = layoutZip(entries)
    const folder = await mkdtemp(join(tmpdir(), 'webtresor-zip-'))
    try {
      // A sparse file holds the archive: headers where they belong, five GiB of nothing between them.
      const file = await open(join(folder, 'a.zip'), 'w')
      for (const piece of layout.pieces) {
        if ('bytes' in piece) await file.write(piece.bytes, 0, piece.bytes.length, piece.start)
        else if (piece.entry === 1) await file.write(Buffer.from('danach'), 0, 6, piece.start)
      }
      await file.close()
      const { stdout } = await run('python3', [
        '-c',
        'import json,sys,zipfile\n' +
          'z=zipfile.ZipFile(sys.argv[1])\n' +
          'print(json.dumps([[[i.filename,i.file_size,i.header_offset] for i in z.infolist()],z.read("danach.txt").decode()]))',
        join(folder, 'a.zip'),
      ])
      const [found, content] = JSON.parse(stdout)
      assert.deepEqual(found[0], ['groß.bin', 5 * GIB, 0])
      assert.deepEqual(found[1].slice(0, 2), ['danach.txt', 6])
      assert.isAbove(found[1][2], 5 * GIB)
      assert.equal(content, 'danach')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('gives {at} the DOS date {date} and time {time}')
    .with([
      { at: '1970-01-01T00:00:00', date: 33, time: 0 },
      { at: '2026-11-23T10:41:31', date: 23927, time: 21807 },
      { at: '2200-01-01T00:00:00', date: 65439, time: 49021 },
    ])
    .run(({ assert }, { at, date, time }) => {
      assert.deepEqual(dosTime(new Date(at)), { date, time })
    })

  test('entries are single file names, none twice', ({ assert }) => {
    assert.deepEqual(
      entryNames([
        'a.pdf',
        'A.PDF',
        'a (2).pdf',
        '../b',
        '..',
        '',
        'a.pdf',
        'c\\d',
        'README',
        'readme',
      ]),
      [
        'a.pdf',
        'A (2).PDF',
        'a (2) (2).pdf',
        '.._b',
        '__',
        '_',
        'a (3).pdf',
        'c_d',
        'README',
        'readme (2)',
      ]
    )
  })

  test('many equal names are numbered without trying those before', ({ assert, cleanup }) => {
    const take = TakenNames.prototype.take
    cleanup(() => void (TakenNames.prototype.take = take))
    let tries = 0
    TakenNames.prototype.take = function (candidate) {
      return take.call(this, (n) => {
        tries++
        return candidate(n)
      })
    }
    const names = entryNames(Array.from({ length: 1000 }, (_, nth) => (nth % 2 ? 'a:b' : 'A?B')))
    assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 1000)
    assert.equal(names.at(-1), 'a_b (1000)')
    // Once for what is wanted, once for what is free.
    assert.equal(tries, 2000)
  })

  test('"{raw}" is stored as "{safe}"')
    .with([
      { raw: 'CON', safe: '_CON' },
      { raw: 'aux.txt', safe: '_aux.txt' },
      { raw: 'Lpt1 .pdf', safe: '_Lpt1 .pdf' },
      { raw: 'com¹', safe: '_com¹' },
      { raw: 'console.log', safe: 'console.log' },
      { raw: 'Rechnung.', safe: 'Rechnung_' },
      { raw: 'Entwurf. . ', safe: 'Entwurf____' },
      { raw: '../../etc/passwd', safe: '.._.._etc_passwd' },
      { raw: '..\\..\\autorun.inf', safe: '.._.._autorun.inf' },
      { raw: 'C:\\a', safe: 'C__a' },
      { raw: 'was? <3 "so" | *', safe: 'was_ _3 _so_ _ _' },
      { raw: 'a\u0000b\u202Egnp.exe', safe: 'a_b_gnp.exe' },
      { raw: '.htaccess', safe: '.htaccess' },
      { raw: '\uD800', safe: '\uFFFD' },
    ])
    .run(({ assert }, { raw, safe }) => {
      assert.equal(safeName(raw), safe)
    })

  test('folders are folders', async ({ assert }) => {
    const files: [string, Buffer][] = [
      ['Belege/', Buffer.alloc(0)],
      ['Belege/2026/', Buffer.alloc(0)],
      ['Belege/2026/a.txt', Buffer.from('a')],
    ]
    const folder = await mkdtemp(join(tmpdir(), 'webtresor-zip-'))
    try {
      await writeFile(join(folder, 'a.zip'), await whole(files))
      await run('python3', ['-m', 'zipfile', '-e', 'a.zip', 'out'], { cwd: folder })
      const { stdout } = await run('find', ['out', '-printf', '%y %P\n'], { cwd: folder })
      assert.sameMembers(stdout.trim().split('\n'), [
        'd ',
        'd Belege',
        'd Belege/2026',
        'f Belege/2026/a.txt',
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
