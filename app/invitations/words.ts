import { PermanentError } from '#errors'

const LONGEST_WORDS = 1000

/** What an inviter says himself. @throws PermanentError `E_WORDS` */
export function checkedWords(words = ''): string | null {
  const text = words.trim()
  if (text.length > LONGEST_WORDS) {
    throw new PermanentError('E_WORDS', `A letter has room for ${LONGEST_WORDS} characters`)
  }
  return text === '' ? null : text
}
