/**
 * Names that are there already: asked one by one, or once for all. One queue of questions for uploads, copies and moves, since
 * only one dialog is seen at a time.
 */
import { ask, tell } from './dialogs.js'
import { say } from './words.js'

let last = Promise.resolve()

/**
 * @param names that are taken
 * @param hintOf says for a name what replacing means: `version`, `trash` or `merge`
 * @returns a map from name to `replace`, `keep` or `skip`; what was not answered is missing
 */
export function askAboutNames(names, hintOf = () => 'version') {
  const turn = last.then(() => askInTurn(names, hintOf))
  last = turn.catch(() => {})
  return turn
}

async function askInTurn(names, hintOf) {
  const answers = new Map()
  for (const [at, name] of names.entries()) {
    const left = names.length - at - 1
    const said = await ask('dialog-conflict', (dialog) => {
      const rest = left > 0 ? say('conflict_for_all', { count: left }) : ''
      tell(dialog, { name, rest, hint: say(`replace_${hintOf(name)}`) })
      dialog.querySelector('[data-rest]').hidden = left === 0
      dialog.querySelector('[data-for-all]').checked = false
    })
    if (!said) return answers
    answers.set(name, said.answer)
    if (said.all) {
      for (const rest of names.slice(at + 1)) answers.set(rest, said.answer)
      return answers
    }
  }
  return answers
}
