/**
 * Names that are there already: asked one by one, or once for all. One queue of questions for uploads, copies and moves, since
 * only one dialog is seen at a time.
 */
import { ask, tell } from './dialogs.js'
import { say } from './words.js'

let last = Promise.resolve()

/**
 * @param names that are taken
 * @param options { hintOf(name): what replacing means, `version`, `trash` or `merge`; more: others may turn out to be taken later }
 * @returns { answers: a map from name to `replace`, `keep` or `skip`, where what was not answered is missing; standing: the answer
 *   for all that come later, or '' }
 */
export function askAboutNames(names, options = {}) {
  const turn = last.then(() => askInTurn(names, options))
  last = turn.catch(() => {})
  return turn
}

async function askInTurn(names, { hintOf = () => 'version', more = false }) {
  const answers = new Map()
  for (const [at, name] of names.entries()) {
    const left = names.length - at - 1
    const said = await ask('dialog-conflict', (dialog) => {
      const rest = more ? say('conflict_for_more') : say('conflict_for_all', { count: left })
      tell(dialog, { name, rest, hint: say(`replace_${hintOf(name)}`) })
      dialog.querySelector('[data-rest]').hidden = left === 0 && !more
      dialog.querySelector('[data-for-all]').checked = false
    })
    if (!said) return { answers, standing: '' }
    answers.set(name, said.answer)
    if (said.all) {
      for (const rest of names.slice(at + 1)) answers.set(rest, said.answer)
      return { answers, standing: said.answer }
    }
  }
  return { answers, standing: '' }
}
