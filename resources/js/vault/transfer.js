/** Copies and moves entries, and asks about names that are there already. */
import { askAboutNames } from './conflicts.js'
import { post } from './server.js'

/**
 * @param base address of the vault they lie in
 * @param entries { id, name, isFolder }
 * @param target { vault, folder }: number, and id or ''
 * @returns the answers of the server, several when conflicts were answered differently; empty when it was left
 */
export async function transfer(base, entries, target, isMove) {
  const action = `${base}/${isMove ? 'verschieben' : 'kopieren'}`
  const send = (some, konflikt) =>
    post(action, {
      'eintraege[]': some.map(({ id }) => id),
      'ziel': target.vault,
      'ordner': target.folder,
      konflikt,
    })
  try {
    return [await send(entries, 'ask')]
  } catch (error) {
    if (error.code !== 'E_NAME_TAKEN') throw error
    const taken = new Set((error.facts.names ?? []).map(keyOf))
    const isTaken = ({ name }) => taken.size === 0 || taken.has(keyOf(name))
    const conflicts = entries.filter(isTaken)
    const hints = new Map(
      conflicts.map(({ name, isFolder }) => [
        name,
        isFolder ? 'merge' : isMove ? 'trash' : 'version',
      ])
    )
    const { answers } = await askAboutNames([...hints.keys()], {
      hintOf: (name) => hints.get(name),
    })
    if (answers.size === 0) return []
    const free = entries.filter((entry) => !isTaken(entry))
    const done = free.length > 0 ? [await send(free, 'ask')] : []
    for (const way of ['replace', 'keep']) {
      const some = conflicts.filter(({ name }) => answers.get(name) === way)
      if (some.length > 0) done.push(await send(some, way))
    }
    return done
  }
}

const keyOf = (name) => name.normalize('NFC').toLowerCase()
