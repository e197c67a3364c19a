import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { pdfLimits, type PdfLimits } from '../limits.ts'

/** The source runs as it stands, the build as what it was compiled to. */
const thread = new URL(`./pdf_thread${extname(import.meta.url)}`, import.meta.url)

/**
 * Tells which PDFs embed an e-invoice. They are read in one thread with limits, one after the other, so that one is in memory
 * at a time; the thread begins with the first and ends when none has come for a while.
 */
export class PdfInvoices {
  readonly #limits: PdfLimits
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(limits: Partial<PdfLimits> = {}) {
    this.#limits = { ...pdfLimits, ...limits }
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
    return mayEmbed(bytes) && this.#answer(bytes)
  }

  async #answer(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    clearTimeout(this.#idle)
    const worker = (this.#worker ??= this.#begin())
    worker.ref()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const failed = () => resolve(false)
    const giveUp = () => {
      failed()
      void this.#end()
    }
    const deadline = setTimeout(giveUp, this.#limits.time)
    // The heap's limit knows nothing of what streams unpack to.
    const watch = setInterval(() => {
      void worker.getHeapStatistics().then(({ external_memory: unpacked }) => {
        if (unpacked > this.#limits.unpacked) giveUp()
        // It is refused before the thread runs and when it has ended, which is heard of anyway.
      }, ignored)
    }, 100)
    worker.once('message', resolve)
    worker.once('exit', failed)
    worker.postMessage(bytes, [bytes.buffer])
    const found = await promise
    clearTimeout(deadline)
    clearInterval(watch)
    worker.off('message', resolve)
    worker.off('exit', failed)
    worker.unref()
    this.#idle = setTimeout(() => void this.#end(), this.#limits.idle).unref()
    return found
  }

  #begin(): Worker {
    const worker = new Worker(thread, {
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heap },
      // Nothing that the library prints belongs into our log.
      stdout: true,
      stderr: true,
    })
    // What throws in the thread ends it, which is what whoever waits hears of.
    worker.on('error', () => {})
    worker.stdout.resume()
    worker.stderr.resume()
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null
    })
    return worker
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }
}

function ignored(): void {}

/** A file is embedded under this key, in the open or in an object stream; most PDFs have neither and cost no reading. */
function mayEmbed(bytes: Uint8Array): boolean {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!content.subarray(0, 1024).includes('%PDF-')) return false
  return content.includes('/EF') || content.includes('/ObjStm')
}

/** The process reads PDFs in one thread, whoever asks. */
export const pdfInvoices = new PdfInvoices()
