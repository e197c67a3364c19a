/** Pages of a PDF, drawn as they come into view. Scripts, forms and links inside of it do nothing. */
import { getDocument, GlobalWorkerOptions } from 'pdfjs-dist'
import workerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url&no-inline'

/** Character maps, fonts that PDFs need not bring along, and decoders of scanned pages. */
const helpers = import.meta.glob(
  [
    '/node_modules/pdfjs-dist/cmaps/*.bcmap',
    '/node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}',
    '/node_modules/pdfjs-dist/wasm/{jbig2,openjpeg,qcms_bg}.wasm',
  ],
  { query: '?url&no-inline', import: 'default', eager: true }
)
const addresses = new Map(
  Object.entries(helpers).map(([path, address]) => [path.split('/').at(-1), address])
)

/**
 * A document without an origin may start workers from blobs only, and no modules; so the blob imports the real one. What is said to it
 * before it is there would be lost.
 */
async function worker() {
  const address = new URL(workerAddress, import.meta.url).href
  const source = new Blob([`import(${JSON.stringify(address)})`], { type: 'text/javascript' })
  const made = new Worker(URL.createObjectURL(source))
  await new Promise((resolve, reject) => {
    made.addEventListener('message', resolve, { once: true })
    made.addEventListener('error', () => reject(new Error('The worker did not start')))
  })
  return made
}

class Helpers {
  async fetch({ filename }) {
    const address = addresses.get(filename)
    if (!address) throw new Error(`No ${filename}`)
    const response = await fetch(new URL(address, import.meta.url))
    return new Uint8Array(await response.arrayBuffer())
  }
}

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]
/** Pixels of a page at most: a poster would take all memory. */
const MOST_PIXELS = 16_000_000

export async function pdf(stage, { buffer, words }) {
  GlobalWorkerOptions.workerPort = await worker()
  const file = await getDocument({
    data: new Uint8Array(buffer),
    BinaryDataFactory: Helpers,
    cMapUrl: './',
    standardFontDataUrl: './',
    wasmUrl: './',
    useWorkerFetch: false,
    useSystemFonts: false,
    disableWorkerRendering: true,
    enableXfa: false,
    canvasMaxAreaInBytes: MOST_PIXELS * 4,
  }).promise
  const pages = document.createElement('div')
  pages.className = 'pages'
  let zoom = ZOOMS.indexOf(1)
  const first = await file.getPage(1)
  const { width, height } = first.getViewport({ scale: 1 })
  const frames = Array.from({ length: file.numPages }, (_, at) => {
    const frame = document.createElement('section')
    frame.setAttribute(
      'aria-label',
      words.page.replace('{page}', at + 1).replace('{pages}', file.numPages)
    )
    frame.dataset.page = at + 1
    return frame
  })
  const watcher = new IntersectionObserver(
    (seen) => {
      for (const { isIntersecting, target } of seen) {
        if (isIntersecting) draw(target).catch(() => {})
        else target.replaceChildren()
      }
    },
    { rootMargin: '100% 0px' }
  )

  const fit = () => Math.min(1.6, (innerWidth - 32) / width) * ZOOMS[zoom]

  function arrange() {
    watcher.disconnect()
    for (const frame of frames) {
      const known = frame.size ?? { width, height }
      frame.replaceChildren()
      frame.style.width = `${Math.round(known.width * fit())}px`
      frame.style.height = `${Math.round(known.height * fit())}px`
      watcher.observe(frame)
    }
  }

  async function draw(frame) {
    if (frame.firstChild) return
    const page = await file.getPage(Number(frame.dataset.page))
    const plain = page.getViewport({ scale: 1 })
    frame.size = { width: plain.width, height: plain.height }
    frame.style.width = `${Math.round(plain.width * fit())}px`
    frame.style.height = `${Math.round(plain.height * fit())}px`
    const sharp = Math.min(
      fit() * devicePixelRatio,
      Math.sqrt(MOST_PIXELS / (plain.width * plain.height))
    )
    const viewport = page.getViewport({ scale: sharp })
    const canvas = document.createElement('canvas')
    canvas.width = viewport.width
    canvas.height = viewport.height
    frame.replaceChildren(canvas)
    await page.render({ canvas, viewport }).promise
    page.cleanup()
  }

  const tools = document.createElement('nav')
  tools.append(button('−', words.minus, -1), button('+', words.plus, 1))
  function button(sign, label, step) {
    const made = document.createElement('button')
    made.type = 'button'
    made.textContent = sign
    made.setAttribute('aria-label', label)
    made.title = label
    made.addEventListener('click', () => {
      zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom + step))
      arrange()
    })
    return made
  }

  pages.append(...frames)
  stage.replaceChildren(tools, pages)
  arrange()
  addEventListener('resize', arrange)
}
