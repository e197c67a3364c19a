/** The process in which PDFs are read. */
import { answerQuestions } from '../reading_process.ts'
import { embedsInvoice } from './embedded_invoice.ts'

answerQuestions((bytes: Uint8Array) => embedsInvoice(bytes).catch(() => false))
