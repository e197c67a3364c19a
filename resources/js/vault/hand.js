/**
 * Hands a file's content to its frame. The frame has no origin, no cookies and no way to the network (its own content security
 * policy), so that whatever a file makes of it can neither read nor send anything; this page fetches the bytes.
 */
import { Refusal } from './server.js'
import { say } from './words.js'

/** @param frame with data-content (address), data-kind, data-type, data-longest (bytes that are read) */
export async function hand(frame) {
  if (!frame) return
  const { content, kind, type, longest } = frame.dataset
  const ready = new Promise((resolve) => {
    addEventListener('message', function heard({ source, data }) {
      if (source !== frame.contentWindow || data !== 'ready') return
      removeEventListener('message', heard)
      resolve()
    })
  })
  // Set only now: the frame must not be ready before somebody listens.
  frame.src = frame.dataset.frame
  const bytes = await fetched(content, kind === 'text' ? Number(longest) : undefined)
  await ready
  const words = {
    page: say('page_of'),
    broken: say('look_broken'),
    cut: bytes.cut ? say('look_cut') : '',
    plus: say('zoom_in'),
    minus: say('zoom_out'),
    password: say('look_password'),
  }
  const { buffer } = bytes
  // The frame's origin is opaque, and no other name can be given for it.
  frame.contentWindow.postMessage({ kind, type, buffer, words }, '*', [buffer])
}

async function fetched(address, longest) {
  const headers = longest ? { range: `bytes=0-${longest - 1}` } : {}
  const response = await fetch(address, { headers }).catch(() => null)
  if (!response) throw new Refusal({ text: say('no_connection') })
  // An empty file has no first byte.
  if (response.status === 416) return { buffer: new ArrayBuffer(0), cut: false }
  if (!response.ok || response.redirected)
    throw new Refusal({ text: say('failed') }, response.status)
  const whole = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0)
  return { buffer: await response.arrayBuffer(), cut: longest !== undefined && whole > longest }
}
