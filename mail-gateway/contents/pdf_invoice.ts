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
   *
   * @param atLeast what it has in bytes, as far as can be told without reading
   */
  async has(open: () => AsyncIterable<Uint8Array>, atLeast = 0): Promise<boolean> {
    if (atLeast > this.#limits.size) return false
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
      // Whoever reads may want the memory back.
      chunks.push(new Uint8Array(chunk))
      if (chunks.length === 1 && size >= BEGINNING && !isPdf(chunk)) return false
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

/** Within so many bytes a PDF says that it is one. */
const BEGINNING = 1024

const viewOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

const isPdf = (bytes: Uint8Array) => viewOf(bytes).subarray(0, BEGINNING).includes('%PDF-')

/** A file is embedded under this key, in the open or in an object stream; most PDFs have neither and cost no reading. */
function mayEmbed(bytes: Uint8Array): boolean {
  const content = viewOf(bytes)
  return isPdf(bytes) && (content.includes('/EF') || content.includes('/ObjStm'))
}

/** Whoever asks, PDFs are read in one process. */
export const pdfInvoices = new PdfInvoices()
