import { test } from '@japa/runner'
import { checkedName, fittedName } from '../../../app/vault/names.ts'

/** Marks that normalizing has to sort: it takes the square of their number. */
const MARKS = `a${'\u0301'.repeat(100_000)}${'\u0323'.repeat(100_000)}.pdf`

test.group('names', () => {
  test('that are very long are refused without looking at them', ({ assert }) => {
    const began = performance.now()
    for (const name of [MARKS, 'a'.repeat(1001), ' '.repeat(100_000)]) {
      try {
        checkedName(name)
        assert.fail('taken')
      } catch (error) {
        assert.deepInclude(error, { code: 'E_NAME' })
        assert.equal((error as { facts: { why: string } }).facts.why, 'long')
      }
    }
    assert.isBelow(performance.now() - began, 500)
  })

  test('of others that are very long are cut without looking at all of them', ({ assert }) => {
    const began = performance.now()
    assert.match(fittedName(MARKS), /\.pdf$/)
    assert.isBelow(performance.now() - began, 500)
    assert.equal(fittedName(`${'a'.repeat(5000)}.tar`), `${'a'.repeat(251)}.tar`)
    assert.equal(fittedName(`${'a'.repeat(990)}😀${'b'.repeat(19)}`), 'a'.repeat(255))
  })
})
