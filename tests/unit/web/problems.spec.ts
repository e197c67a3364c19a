import i18nManager from '@adonisjs/i18n/services/main'
import { test } from '@japa/runner'
import { foundInWords, problemsInWords } from '../../../app/http/problems.ts'
import { BLINDNESS, verdictOf } from '../../../app/scanning/verdict.ts'

const english = /scanner takes|scanner looks|it is encrypted/

/** Each way in which the scanner says that it could not look inside. */
const blind = [
  BLINDNESS.large,
  ...['Heuristics.Encrypted.Zip', 'Heuristics.Limits.Exceeded.MaxFileSize'].map((signature) => {
    const verdict = verdictOf(`stream: ${signature} FOUND`, true)
    return verdict.status === 'unchecked' ? verdict.reason : verdict.status
  }),
]

test('why the scanner could not look inside is said in the language of the page', ({ assert }) => {
  const german = i18nManager.locale('de')
  for (const reason of blind) {
    for (const found of [reason, `Bilanz, geprüft.zip: ${reason}`]) {
      const words = foundInWords('unchecked', found, german)
      assert.notMatch(words, english)
      assert.match(words, /^(Bilanz, geprüft\.zip: )?es ist /)
      assert.equal(problemsInWords(found, german), words)
    }
  }
  // A signature is a name, and what a rewrite stumbled over is for the log.
  assert.equal(foundInWords('infected', 'bare_cr', german), 'bare_cr')
  assert.equal(foundInWords('rewrite_failed', 'a, b', german), 'a, b')
  assert.notEqual(foundInWords('ambiguous', 'bare_cr', german), 'bare_cr')
})
