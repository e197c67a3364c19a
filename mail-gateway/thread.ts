import { extname } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import {
  IntegrityError,
  NotFound,
  PermanentError,
  Refused,
  TransientError,
  type WebtresorError,
} from '#errors'

/** The source runs as it stands, the build as what it was compiled to. */
const extension = extname(import.meta.url)
const loading = extension === '.ts' ? { execArgv: ['--import=@poppinss/ts-exec'] } : {}

/** Starts the module `name` beside the module at `url` in a thread of its own. */
export function startThread(name: string, url: string, options: WorkerOptions = {}): Worker {
  return new Worker(new URL(`./${name}${extension}`, url), { ...options, ...loading })
}

/** An error without its class, which does not cross between threads. */
export interface Failure {
  name: string
  message: string
  code?: string
  /** What the operating system tells beside its code. */
  system: { syscall?: string; address?: string; port?: number }
  stack?: string
  cause?: Failure
}

const classes: Record<string, new (code: string, message: string) => WebtresorError> = {
  TransientError,
  PermanentError,
  IntegrityError,
  NotFound,
  Refused,
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), system: {} }
  const { name, message, stack } = error
  const { code, syscall, address, port } = error as Error & Failure['system'] & { code?: unknown }
  return {
    ...{ name, message, stack, system: { syscall, address, port } },
    code: typeof code === 'string' ? code : undefined,
    cause: error.cause === undefined ? undefined : failureOf(error.cause),
  }
}

/** The error that `failureOf` was told, of the same class where it is ours. */
export function errorOf({ name, message, code, system, stack, cause }: Failure): Error {
  const known = classes[name]
  const error = known && code !== undefined ? new known(code, message) : new Error(message)
  const told = { name, code, ...system, stack, cause: cause && errorOf(cause) }
  for (const [fact, value] of Object.entries(told)) {
    if (value !== undefined) Object.assign(error, { [fact]: value })
  }
  return error
}
