import { prettyPrintError } from '@adonisjs/core'
import { WebtresorError } from '#errors'
import { isEnding } from './ignite.ts'

/**
 * Says why the process ends, and ends it with code 1. What an operator can put right is a sentence; what he cannot is
 * a fault of ours, with its stack.
 */
export async function fail(error: unknown): Promise<never> {
  if (isEnding()) return new Promise(() => {})
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof WebtresorError) {
    console.error(error.message)
  } else if (syscall === 'listen') {
    const { address, port } = error as { address?: string; port?: number }
    const why = code === 'EADDRINUSE' ? 'something else listens there' : code
    const names = 'HOST and PORT (web), SMTP_HOST and SMTP_OUT_PORT (mail)'
    console.error(`Cannot listen on ${address}:${port}, ${why}: choose another by ${names}`)
  } else {
    await prettyPrintError(error)
  }
  process.exit(1)
}
