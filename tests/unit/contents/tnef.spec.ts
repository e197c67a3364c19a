import { test } from '@japa/runner'
import { readFile } from 'node:fs/promises'
import { isOutlookItem, readTnef } from '../../../mail-gateway/contents/tnef.ts'
import { tnef } from './tnef_writer.ts'

async function* cut(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const file = { name: 'Bilanz.pdf', content: Buffer.alloc(3000, 'x') }

test.group('TNEF', () => {
  test('{messageClass}: stays as it is: {item}')
    .with([
      { messageClass: 'IPM.Microsoft Mail.Note', item: false },
      { messageClass: 'IPM.Note', item: false },
      { messageClass: 'IPM.Contact', item: false },
      { messageClass: 'IPM.Microsoft Schedule.MtgReq', item: true },
      { messageClass: 'IPM.Schedule.Meeting.Request', item: true },
      { messageClass: 'IPM.TaskRequest', item: true },
      { messageClass: 'REPORT.IPM.Note.NDR', item: true },
      { messageClass: 'Microsoft Mail v3.0 IPM.Microsoft Mail.Read Receipt', item: true },
    ])
    .run(async ({ assert }, { messageClass, item }) => {
      const found = await readTnef(cut(tnef({ messageClass, file }), 11))
      assert.deepEqual(found, { messageClass, hasBody: false })
      assert.equal(isOutlookItem(found!), item)
    })

  test('finds a text inside, however it is kept and cut', async ({ assert }) => {
    const rtf = Buffer.from('{\\rtf1 Hallo}')
    for (const size of [1, 7, 4096]) {
      const hasBody = async (bytes: Buffer) => (await readTnef(cut(bytes, size)))?.hasBody
      assert.isFalse(await hasBody(tnef({ file })))
      assert.isFalse(await hasBody(tnef({ body: ' \r\n', file })))
      assert.isTrue(await hasBody(tnef({ body: 'Hallo' })))
      assert.isTrue(await hasBody(tnef({ rtf, file })))
    }
    const long = tnef({ rtf: Buffer.alloc(2 * 1024 * 1024, 'r'), file })
    assert.isTrue((await readTnef(cut(long, 65_536)))?.hasBody)
  })

  test('is nothing where the signature is wrong or it ends too soon', async ({ assert }) => {
    assert.isNull(await readTnef(cut(Buffer.alloc(0), 1)))
    assert.isNull(await readTnef(cut(Buffer.from('PK\x03\x04 a ZIP called winmail.dat'), 5)))
    const whole = tnef({ messageClass: 'IPM.TaskRequest', rtf: Buffer.alloc(500) })
    for (let length = 0; length < whole.length; length += 13) {
      await readTnef(cut(whole.subarray(0, length), 50))
    }
    assert.isNull(await readTnef(cut(whole.subarray(0, 60), 50)))
  })

  test('a length that lies costs no memory', async ({ assert }) => {
    const lie = tnef({ messageClass: 'IPM.TaskRequest' })
    lie.writeUInt32LE(0xffff_ffff, 6 + 5)
    assert.isNull(await readTnef(cut(lie, 100)))
  })

  test('one that others wrote', async ({ assert }) => {
    const bytes = await readFile('/usr/share/clamav-testfiles/clam.tnef')
    assert.equal((await readTnef(cut(bytes, 100)))?.hasBody, true)
  })
})
