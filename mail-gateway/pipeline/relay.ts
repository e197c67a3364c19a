import { setTimeout as pause } from 'node:timers/promises'
import type { Delivery, DeliveryResult, DeliveryState } from '#delivery'
import { isDue } from '#due'
import { isOutage } from '#errors'
import { telemetry } from '#telemetry'
import { telling, type Context, type StepResult } from '../pipeline.ts'
import type { DeliveryResult as CourierResult } from '../relay/courier.ts'
import { nextAttempt } from '../relay/retry_schedule.ts'

/** Waits between attempts to record an answer, in milliseconds: well within the lease. */
const RECORD_AGAIN = [50, 500, 2000, 5000, 10_000]

/** Sends each recipient's form that is due, and says what becomes of the message. */
export async function relay(context: Context): Promise<StepResult> {
  const { claim, courier } = context
  if (!courier) {
    await claim.hold('no_relay', '')
    return 'stop'
  }
  await claim.settle()
  for (const delivery of [...claim.deliveries]) {
    if (isOpen(delivery) && isDue(delivery.nextAt, context.now())) {
      const others = claim.deliveries.filter(({ id }) => id !== delivery.id)
      const ended = await attempt(context, delivery, others, courier)
      if (ended) return 'stop'
    }
  }
  return conclude(context)
}

const OPEN: ReadonlySet<DeliveryState> = new Set(['pending', 'deferred'])

const isOpen = ({ state }: Delivery) => OPEN.has(state)

/** Tries one recipient; true when that was the last thing to do for the message, and it has ended. */
async function attempt(
  context: Context,
  delivery: Delivery,
  others: Delivery[],
  courier: NonNullable<Context['courier']>
): Promise<boolean> {
  const { claim, archive, now } = context
  const { message } = claim
  const { number } = message
  const form = delivery.form!
  const answer = await courier.deliver({
    from: message.mailFrom,
    to: delivery.recipient,
    size: form.size,
    eightBit: form.eightBit,
    utf8Headers: form.utf8Headers,
    content: () => {
      const made = claim.forms.get(delivery.id)
      return made ? once(made) : archive.form(message, delivery)
    },
  })
  const result = outcome(answer, delivery.attempts + 1, now())
  const finish = endOf([...others.map(({ state }) => state), result.status])
  const about = { number, delivery: delivery.id, reply: result.reply }
  if (result.status === 'failed') {
    const explanation = `${delivery.recipient}: ${answer.remote}: ${result.reply}`
    const alongside = await telling(context, 'bounce', explanation)
    await persistently(() => claim.delivery(delivery, result, { alongside, finish }))
    telemetry.bounced(about)
  } else {
    await persistently(() => claim.delivery(delivery, result, { finish }))
    telemetry[result.status](about)
  }
  return finish !== undefined
}

async function* once(bytes: Buffer) {
  yield bytes
}

/** What becomes of the message when nothing is open any more. */
function endOf(states: DeliveryState[]): 'done' | 'failed' | undefined {
  if (states.some((state) => OPEN.has(state))) return undefined
  return states.includes('delivered') ? 'done' : 'failed'
}

/**
 * Writes down what the peer answered, again and again while the machine is in trouble: an answer that is forgotten is a
 * mail that leaves twice.
 */
async function persistently(write: () => Promise<void>): Promise<void> {
  for (const wait of RECORD_AGAIN) {
    try {
      return await write()
    } catch (error) {
      if (!isOutage(error)) throw error
      telemetry.failed({ what: 'record the answer of the next hop', error })
      await pause(wait)
    }
  }
  await write()
}

/** An attempt that was put off once too often has failed. */
function outcome(answer: CourierResult, attempts: number, now: Date): DeliveryResult {
  const noted = answer.eightBitUnoffered ? ' (8BITMIME not offered)' : ''
  const reply = `${answer.reply}${noted}`
  if (answer.status !== 'deferred') return { status: answer.status, reply }
  const nextAt = nextAttempt(attempts, now)
  return nextAt ? { status: 'deferred', reply, nextAt } : { status: 'failed', reply }
}

async function conclude({ claim }: Context): Promise<StepResult> {
  const all = claim.deliveries
  const end = endOf(all.map(({ state }) => state))
  if (end) {
    await claim.finish(end)
    return 'stop'
  }
  const waiting = all.filter(isOpen)
  const next = Math.min(...waiting.map(({ nextAt }) => nextAt?.getTime() ?? 0))
  const last = waiting.find(({ lastReply }) => lastReply)?.lastReply ?? ''
  await claim.wait('relay_retry', last, new Date(next))
  return 'stop'
}
