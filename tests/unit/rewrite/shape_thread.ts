import { parentPort } from 'node:worker_threads'
import { deliver } from './delivered.ts'

/** Has a mail read, planned and rewritten. Says how that ended, which is not what matters. */
parentPort?.on('message', (mail: string) => {
  void deliver(Buffer.from(mail, 'latin1')).then(
    ({ plan }) => parentPort?.postMessage(plan.verdict),
    (error: unknown) => parentPort?.postMessage(String(error))
  )
})
