/** The thread that speaks SMTP to the next hop, for mails that fit into a message between threads (threaded_courier.ts). */
import { parentPort, workerData } from 'node:worker_threads'
import { failureOf } from '../thread.ts'
import { SmtpCourier, type SmtpCourierOptions } from './smtp_courier.ts'
import type { FromCourier, ToCourier } from './threaded_courier.ts'

const courier = new SmtpCourier(workerData as SmtpCourierOptions)

const send = (message: FromCourier) => parentPort!.postMessage(message)

parentPort!.on('message', (message: ToCourier) => {
  if ('close' in message) {
    void courier.close().then(() => parentPort!.close())
    return
  }
  const { id, mail, bytes } = message
  const content = async function* () {
    yield bytes
  }
  courier.deliver({ ...mail, content }).then(
    (result) => send({ id, result }),
    (error: unknown) => send({ id, failure: failureOf(error) })
  )
})
