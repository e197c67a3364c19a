import { Server } from '@tus/server'
import { Readable } from 'node:stream'
import { NotFound, WebtresorError } from '#errors'
import { ALGORITHMS } from './checksum.ts'
import { complete } from './completing.ts'
import { newId } from './ids.ts'
import type { UploadLocks } from './lock.ts'
import { answerTo, type Refusal } from './refusal.ts'
import type { House, Uploader } from './rows.ts'
import { UploadStore } from './store.ts'

/** Where uploads lie for clients. */
export const PATH = '/hochladen'

/** Time for a request that is to let go of an upload to seal what it has, in milliseconds. */
const DRAIN = 500

/** A request of a tus client, as it came. */
export interface TusRequest {
  method: string
  /** Path and query. */
  url: string
  headers: Headers
  body: Readable
}

export interface TusAnswer {
  status: number
  headers: Headers
  body: string
  /** Why not; the body says it, unless the caller has better words. */
  refusal?: Refusal
}

/**
 * Answers a request of the protocol tus 1.0 for one uploader. Whatever the protocol demands @tus/server does; what is ours is
 * where the bytes go, whose they are, and what is said when they do not go there.
 */
export async function answer(
  house: House,
  locks: UploadLocks,
  uploader: Uploader,
  request: TusRequest
): Promise<TusAnswer> {
  const { headers, method } = request
  const store = new UploadStore(house, uploader, {
    metadata: headers.get('upload-metadata') ?? '',
    checksum: headers.get('upload-checksum') ?? undefined,
  })
  let refusal: Refusal | undefined
  let failure: Error | undefined
  const server = new Server({
    path: PATH,
    datastore: store,
    locker: store.locker(locks),
    lockDrainTimeout: DRAIN,
    relativeLocation: true,
    namingFunction: newId,
    // Pages of other sites have nothing to do here.
    allowedOrigins: () => false,
    async onUploadFinish(_, upload) {
      const row = await store.row(upload.id).catch((error: unknown) => {
        if (error instanceof NotFound) return undefined
        throw error
      })
      if (row) await complete(house, row)
      return {}
    },
    onResponseError(_, error) {
      if (error instanceof WebtresorError) {
        refusal = answerTo(error)
        return { status_code: refusal.status, body: refusal.code }
      }
      // Left to itself it tells the client what the error says.
      if (!('status_code' in error)) failure = error
      return undefined
    },
  })
  const body = hasBody(method) ? (Readable.toWeb(request.body) as ReadableStream) : null
  const response = await server.handleWeb({ method, url: request.url, headers, body } as Request)
  if (failure) throw failure
  if (method === 'OPTIONS') response.headers.set('Tus-Checksum-Algorithm', ALGORITHMS.join(','))
  response.headers.delete('Access-Control-Expose-Headers')
  return {
    status: response.status,
    headers: response.headers,
    body: await response.text(),
    refusal,
  }
}

const hasBody = (method: string) => method === 'PATCH' || method === 'POST'
