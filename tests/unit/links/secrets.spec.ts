import { test } from '@japa/runner'
import { isToken, LinkSecrets, newCode, same } from '../../../app/links/secrets.ts'
import { looksShared, maskAddress } from '../../../app/links/masking.ts'
import { networkOf } from '../../../app/network.ts'
import { addRange, covered, type Ranges } from '../../../app/links/ranges.ts'
import fc from 'fast-check'

const secrets = new LinkSecrets(Buffer.alloc(32, 7))

test.group('link secrets', () => {
  test('a token is 160 bits, the same each time, and another for each field', ({ assert }) => {
    const token = secrets.token(1, 'a@b.example', 1)
    assert.isTrue(isToken(token))
    assert.equal(Buffer.from(token, 'base64url').length, 20)
    assert.equal(secrets.token(1, 'a@b.example', 1), token)
    const others = [
      secrets.token(11, 'a@b.example', 1),
      secrets.token(1, '1a@b.example', 1),
      secrets.token(1, 'a@b.example1', 1),
      secrets.token(1, 'a@b.example', 11),
      secrets.token(1, 'a@b.example', 2),
      secrets.token(1, 'a@b.example","1', 1),
      new LinkSecrets(Buffer.alloc(32, 8)).token(1, 'a@b.example', 1),
    ]
    assert.equal(new Set([token, ...others]).size, others.length + 1)
  })

  test('a short key is refused', ({ assert }) => {
    assert.throws(() => new LinkSecrets(Buffer.alloc(31)), /31 bytes instead of 32/)
  })

  test('what is no token is known as such: {value}')
    .with([
      { value: '' },
      { value: 'x' },
      { value: 'ä'.repeat(27) },
      { value: `${'a'.repeat(26)}=` },
      { value: 'a'.repeat(28) },
      { value: `${'a'.repeat(27)}\n` },
      { value: undefined },
      { value: ['a'.repeat(27)] },
    ])
    .run(({ assert }, { value }) => {
      assert.isFalse(isToken(value))
    })

  test('codes are six digits', ({ assert }) => {
    for (let count = 0; count < 200; count++) assert.match(newCode(), /^\d{6}$/)
  })

  test('the same code has another hash under another id', ({ assert }) => {
    assert.notEqual(secrets.codeHash('a', '123456'), secrets.codeHash('b', '123456'))
    assert.isTrue(same('ab', 'ab'))
    assert.isFalse(same('ab', 'abc'))
  })
})

test.group('masking', () => {
  test('{0} is shown as {1}')
    .with([
      ['client@example.net', 'cl••@…'],
      ['anna@example.net', 'an••@…'],
      ['bob@example.net', 'b••@…'],
      ['ab@example.net', 'a••@…'],
      ['a@example.net', '••@…'],
      ['"a@b"@example.net', '"a••@…'],
      ['öffner@example.net', 'öf••@…'],
      ['', '••@…'],
    ])
    .run(({ assert }, [address, masked]) => {
      assert.equal(maskAddress(address!), masked)
    })

  test('{0} is kept as {1}')
    .with([
      ['203.0.113.77', '203.0.113.0/24'],
      ['::ffff:203.0.113.77', '203.0.113.0/24'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
      ['2001:0DB8::1', '2001:db8:0::/48'],
      ['::1', '0:0:0::/48'],
      ['fe80::1%eth0', 'fe80:0:0::/48'],
      ['not an address', null],
      [undefined, null],
    ] as const)
    .run(({ assert }, [ip, network]) => {
      assert.equal(networkOf(ip), network)
    })

  test('knows mailboxes that several people read', ({ assert }) => {
    assert.isTrue(looksShared('Buchhaltung@example.net'))
    assert.isFalse(looksShared('info.weber@example.net'))
  })
})

test.group('ranges', () => {
  test('cover what was added, in any order, as a sorted list without contact', ({ assert }) => {
    const size = 40
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(size), fc.nat(size)), { maxLength: 12 }), (added) => {
        const seen = new Set<number>()
        let ranges: Ranges = []
        for (const [start, end] of added) {
          ranges = addRange(ranges, start, end)
          for (let byte = start; byte < end; byte++) seen.add(byte)
        }
        assert.equal(covered(ranges, 0, size), seen.size)
        ranges.forEach(([start, end], index) => {
          assert.isBelow(start, end)
          if (index > 0) assert.isAbove(start, ranges[index - 1]![1])
        })
      })
    )
  })
})
