import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** A JSON array of about 50,000 passwords in lower case, the most used ones of many leaks. */
const LIST = '@zxcvbn-ts/language-common/src/passwords.json'

/** Below so many different characters a password is a pattern. */
const DIFFERENT = 5

/**
 * Whether many people use this password, or a common one dressed up: doubled, with digits and signs around it, a pattern of
 * few characters, or characters in a row.
 *
 * The list is read each time and searched as text: passwords are chosen seldom, and nothing of it stays in memory.
 *
 * @param password in lower case
 */
export async function isCommon(password: string): Promise<boolean> {
  if (new Set(password).size < DIFFERENT || isRow(password)) return true
  const list = await readFile(createRequire(import.meta.url).resolve(LIST), 'utf8')
  const forms = new Set([password, undressed(password), halved(password)])
  return [...forms].some((form) => form.length > 2 && list.includes(JSON.stringify(form)))
}

/** What is left of `passwort2026!` when digits and signs at its ends are dropped. */
function undressed(password: string): string {
  return password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
}

function halved(password: string): string {
  const half = password.slice(0, password.length / 2)
  return half + half === password ? half : password
}

/** `abcdefghijkl`, `987654321098`: each character is the next or the previous one. */
function isRow(password: string): boolean {
  const codes = [...password].map((sign) => sign.codePointAt(0)!)
  const steps = codes.slice(1).map((code, index) => code - codes[index]!)
  const regular = steps.filter((step) => step === 1 || step === -1 || Math.abs(step) === 9)
  return regular.length === steps.length
}
