import { pdfLimits, type PdfLimits } from '../limits.ts'
import { ReadingProcess } from '../reading_process.ts'

/** Tells which PDFs embed an e-invoice. They are read in one process with limits, one after the other, so that one is in memory. */
export class PdfInvoices {
  readonly #limits: PdfLimits
  readonly #reader: ReadingProcess<Uint8Array, boolean>
  #turn: Promise<unknown> = Promise.resolve()

  constructor(limits: Partial<PdfLimits> = {}) {
    this.#limits = { ...pdfLimits, ...limits }
    this.#reader = new ReadingProcess('./pdf_process', import.meta.url, this.#limits)
  }

  /**
   * Whether the PDF embeds an e-invoice. What is no PDF, encrypted, broken, or beyond the limits counts as one without.
   * Throws only what the source throws.
   */
  has(open: () => AsyncIterable<Uint8Array>): Promise<boolean> {
    const answer = this.#turn.then(() => this.#read(open()))
    this.#turn = answer.catch(() => {})
    return answer
  }

  async #read(source: AsyncIterable<Uint8Array>): Promise<boolean> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of source) {
      size += chunk.length
      if (size > this.#limits.size) return false
      chunks.push(chunk)
    }
    const bytes = new Uint8Array(size)
    let at = 0
    for (const chunk of chunks.splice(0)) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    if (!mayEmbed(bytes)) return false
    const outcome = await this.#reader.ask(bytes)
    return typeof outcome === 'object' && outcome.answer
  }
}

/** A file is embedded under this key, in the open or in an object stream; most PDFs have neither and cost no reading. */
function mayEmbed(bytes: Uint8Array): boolean {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!content.subarray(0, 1024).includes('%PDF-')) return false
  return content.includes('/EF') || content.includes('/ObjStm')
}

/** Whoever asks, PDFs are read in one process. */
export const pdfInvoices = new PdfInvoices()
