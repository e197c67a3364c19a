import { randomBytes } from 'node:crypto'

/** A name that nobody guesses, though whose an upload is does not depend on it. */
export const newId = () => randomBytes(24).toString('base64url')
