import { test } from '@japa/runner'
import { randomBytes } from 'node:crypto'
import { decrypt, readMessage } from 'openpgp'
import { decryptMessage, encryptMessage } from '../../../app/blobs/seipd.ts'

const CHUNK = 256 * 1024
/** Of the literal packet in front of the text, with the name below. */
const HEADER = 6 + 2 + 4 + 4
const NAME = 'name'

/** Borders of AEAD chunks, of lengths in one, two and five octets, and both sides of each. */
const sizes = [0, 1, 170, 180, 8_000, 8_400, CHUNK, 2 * CHUNK].flatMap((size) =>
  size < CHUNK ? [size] : [size - HEADER - 1, size - HEADER, size - HEADER + 1, size]
)

test.group('SEIPD packets', () => {
  test('{$self} bytes: OpenPGP.js reads what we write, and so do we')
    .with(sizes)
    .run(async ({ assert }, size) => {
      const key = randomBytes(32)
      const plain = randomBytes(size)
      const session = { data: key, algorithm: 'aes256', aeadAlgorithm: 'gcm' } as const

      const opened = await decrypt({
        message: await readMessage({ binaryMessage: encryptMessage(key, NAME, plain) }),
        sessionKeys: session,
        format: 'binary',
      })
      assert.isTrue(plain.equals(opened.data as Uint8Array))
      assert.equal(opened.filename, NAME)

      const read = decryptMessage(key, encryptMessage(key, NAME, plain))
      assert.equal(read?.filename, NAME)
      assert.isTrue(plain.equals(read!.data))
    })

  test('whatever is changed in a small one is noticed', ({ assert }) => {
    const key = randomBytes(32)
    const sealed = encryptMessage(key, NAME, Buffer.from('text'))
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at]! ^= 1
      let read
      try {
        read = decryptMessage(key, changed)
      } catch {
        // It cannot be authenticated.
      }
      assert.isUndefined(read, `byte ${at}`)
    }
  })
})
