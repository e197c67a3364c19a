import { anonymous } from './anonymous.ts'

/** What the log holds of an error. */
export interface LoggedError {
  type: string
  message: string
  code?: string
  stack?: string
  cause?: LoggedError
}

/** Causes of causes that are told. */
const DEPTH = 5

/**
 * An error as the log may have it: its text and where it came from, and no other member. Drivers hang on errors what
 * they were working on, such as the row that PostgreSQL refused, which may hold a code.
 */
export function loggedError(error: unknown, depth = DEPTH): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: anonymous(String(error)) }
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    message: anonymous(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: anonymous(error.stack) }),
    ...(error.cause === undefined || depth === 0
      ? {}
      : { cause: loggedError(error.cause, depth - 1) }),
  }
}
