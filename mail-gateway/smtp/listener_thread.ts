/**
 * The thread that stands on the wire: it reads SMTP, and seals each mail, a large one onto the disk. Whether a mail is taken in
 * decides the other thread, which has the database (threaded_listener.ts). It knows no key that opens anything.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Envelope } from '#archive'
import { Beginning } from '#beginning'
import { PostIdentity } from '#post'
import { DiskDriver, sealBytes } from '#sealing'
import { errorOf, failureOf } from '../thread.ts'
import type { FromThread, Question, ThreadOptions, ToThread } from './crossing.ts'
import { OutgoingListener, type ListenerLog } from './server.ts'

const { blobs, identityKey, ...options } = workerData as ThreadOptions
const driver = new DiskDriver(blobs)
const identity = new PostIdentity(identityKey)

const waiting = new Map<number, PromiseWithResolvers<number | boolean>>()
let asked = 0

const send = (message: FromThread, transfer: ArrayBuffer[] = []) =>
  parentPort!.postMessage(message, transfer)

function ask(question: Question, transfer?: ArrayBuffer[]): Promise<number | boolean> {
  const id = asked++
  const answer = Promise.withResolvers<number | boolean>()
  waiting.set(id, answer)
  send({ id, question }, transfer)
  return answer.promise
}

async function accept(source: AsyncIterable<Buffer>, envelope: Envelope) {
  const kept = new Beginning()
  const { maxMessageSize: maxSize } = options
  const sealed = await sealBytes(driver, kept.of(source), { maxSize, inRow: true })
  const beginning = kept.bytes
  const moved = sealed.bytes ? [beginning.buffer, sealed.bytes.buffer] : [beginning.buffer]
  const number = await ask({ mail: { sealed, beginning, envelope } }, moved)
  return { number: number as number }
}

/** An error in a line of the log would arrive without what tells it apart. */
const tell = (level: keyof ListenerLog) => (fields: object, text: string) =>
  send({
    level,
    fields: 'err' in fields ? { ...fields, err: failureOf(fields.err) } : fields,
    text,
  })

const listener = new OutgoingListener({
  ...options,
  hasDomain: async () => (await ask({ hasDomain: true })) as boolean,
  isOurs: (id) => identity.isOurs(id),
  log: { info: tell('info'), warn: tell('warn'), error: tell('error') },
  accept,
})

async function stop(grace: number): Promise<void> {
  await listener.stop(grace)
  send({ stopped: true })
  parentPort!.close()
}

parentPort!.on('message', (message: ToThread) => {
  if ('stop' in message) return void stop(message.stop)
  const answer = waiting.get(message.id)
  waiting.delete(message.id)
  if ('failure' in message) answer?.reject(errorOf(message.failure))
  else answer?.resolve(message.answer)
})

listener.start().then(
  () => send({ listening: listener.port }),
  (error: unknown) => send({ notListening: failureOf(error) })
)
