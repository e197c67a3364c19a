/** The thread in which PDFs are read: what a hostile one does costs this thread its memory or its time, nothing else. */
import { parentPort } from 'node:worker_threads'
import { embedsInvoice } from './embedded_invoice.ts'

parentPort?.on('message', (bytes: Uint8Array) => {
  void embedsInvoice(bytes)
    .catch(() => false)
    .then((found) => parentPort?.postMessage(found))
})
