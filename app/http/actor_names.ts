import User from '#models/user'

/** Full names of accounts by their number. */
export async function actorNames(ids: number[]): Promise<Map<number, string>> {
  const distinct = [...new Set(ids)]
  const people = distinct.length > 0 ? await User.query().whereIn('id', distinct) : []
  return new Map(people.map(({ id, fullName }) => [id, fullName]))
}
