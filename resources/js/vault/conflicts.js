/**
 * Names that are there already: asked one by one, or once for all. One queue of questions for uploads, copies and moves, since
 * only one dialog is seen at a time.
 */
import { ask, tell } from './dialogs.js'
import { say } from './words.js'

let last = Promise.resolve()

/**
 * @param names that are taken
 * @param canReplace a file on a file becomes a version; a folder cannot be replaced
 * @returns a map from name to `replace`, `keep` or `skip`; what was not answered is missing
 */
export function askAboutNames(names, canReplace = () => true) {
  const turn = last.then(() => askInTurn(names, canReplace))
  last = turn.catch(() => {})
  return turn
}

async function askInTurn(names, canReplace) {
  const answers = new Map()
  for (const [at, name] of names.entries()) {
    const left = names.length - at - 1
    const said = await ask('dialog-conflict', (dialog) => {
      tell(dialog, { name, rest: left > 0 ? say('conflict_for_all', { count: left }) : '' })
      dialog.querySelector('[data-rest]').hidden = left === 0
      dialog.querySelector('[data-for-all]').checked = false
      dialog.querySelector('button[value=replace]').disabled = !canReplace(name)
    })
    if (!said) return answers
    answers.set(name, said.answer)
    if (said.all) {
      for (const rest of names.slice(at + 1)) {
        const fits = said.answer !== 'replace' || canReplace(rest)
        answers.set(rest, fits ? said.answer : 'keep')
      }
      return answers
    }
  }
  return answers
}
