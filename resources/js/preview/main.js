/*
 * The frame in which a file is looked at. It has no origin and no cookies; the page around hands it the bytes, and all it may fetch
 * are our own scripts, fonts and decoders. HTML and SVG are never shown as such.
 */
const stage = document.querySelector('main')

function shown(...elements) {
  stage.replaceChildren(...elements)
}

function sentence(text) {
  const line = document.createElement('p')
  line.className = 'says'
  line.textContent = text
  return line
}

/** Byte order marks decide, then UTF-8 where it fits, else what German Windows wrote. */
function decoded(buffer) {
  const [first, second] = new Uint8Array(buffer, 0, Math.min(2, buffer.byteLength))
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(buffer)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(buffer)
  try {
    // The end may be cut within a letter.
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer, { stream: true })
  } catch {
    return new TextDecoder('windows-1252').decode(buffer)
  }
}

function text({ buffer, words }) {
  const body = document.createElement('pre')
  body.tabIndex = 0
  body.textContent = decoded(buffer)
  shown(...(words.cut ? [sentence(words.cut)] : []), body)
}

async function picture({ buffer, type, words }) {
  const image = new Image()
  image.alt = ''
  image.src = URL.createObjectURL(new Blob([buffer], { type }))
  await image.decode().catch(() => Promise.reject(new Error(words.broken)))
  shown(image)
  stage.className = 'picture'
}

const looks = {
  text,
  image: picture,
  pdf: async (content) => (await import('./pdf.js')).pdf(stage, content),
}

addEventListener('message', async ({ source, data }) => {
  if (source !== parent || !(data?.buffer instanceof ArrayBuffer)) return
  try {
    await looks[data.kind](data)
    document.body.dataset.shown = data.kind
  } catch (error) {
    const isPassword = error?.name === 'PasswordException'
    shown(sentence(isPassword ? data.words.password : data.words.broken))
    document.body.dataset.shown = 'nothing'
  }
})
parent.postMessage('ready', '*')
