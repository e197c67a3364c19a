import { Readable } from 'node:stream'
import type { Part } from '#archive'
import type { Verdict } from '#scanning'
import { telemetry } from '#telemetry'
import type { FileVerdict, Deposited } from '#vault'
import { decodeBody } from '../mime/codecs.ts'
import { depositsOf, isInside, judging } from './deposit.ts'
import { telling, type Context, type StepResult } from '../pipeline.ts'

/** When to ask a scanner again that did not answer, in milliseconds. */
const ASK_AGAIN = 30_000

/** From harmless to decisive: the worst verdict is the mail's. */
const severity: Verdict['status'][] = ['clean', 'unchecked', 'unavailable', 'infected']

/** Outcomes with which a mail goes on. */
const passed = new Set(['clean', 'released', 'off'])

/**
 * Has the scanner look at the original and at every decoded part: the whole alone misses what other programs would
 * decode, the parts alone miss what we did not see. Whatever is not exactly clean does not leave.
 */
export async function scan(context: Context): Promise<StepResult> {
  const { claim, scanning } = context
  const { message } = claim
  const mode = await scanning.mode()
  if (passed.has(message.verdict ?? '')) return 'next'
  if (mode === 'down') return wait(context, 'the virus scanner does not answer')

  const files = await depositsOf(context)
  if (mode === 'off') {
    if (message.verdict === 'infected') return holdInfected(context, 'scanning is switched off')
    const detail = 'scanning is switched off'
    const judge = judging(context, files, 'unscanned', null)
    claim.scanned({ verdict: 'off', parts: 0, detail }, judge)
    return 'next'
  }

  const verdicts: { verdict: Verdict; where: string }[] = [
    { verdict: await scanning.scan(message.blob), where: '' },
  ]
  const parts = await claim.parts()
  for (const part of parts) {
    const verdict = await partVerdict(context, part, files)
    verdicts.push({ verdict, where: part.filename ?? part.path })
    telemetry.scanned({ number: message.number, part: part.path, status: verdict.status })
  }
  for (const file of files.filter(({ part }) => isInside(part))) {
    verdicts.push({ verdict: await insideVerdict(context, file), where: file.name })
  }
  return conclude(context, verdicts, parts.length)
}

/** A file that came out of another one, such as winmail.dat, and has no part of its own. */
async function insideVerdict(context: Context, file: Deposited): Promise<Verdict> {
  const { claim, scanning } = context
  const verdict = await scanning.scan(file.blob)
  const status = statusOf(context, verdict)
  if (status) await claim.write(judging(context, [file], status, detailOf(verdict)))
  return verdict
}

/** What a file counts as; nothing while nobody knows. */
function statusOf({ claim }: Context, { status }: Verdict): FileVerdict | undefined {
  if (status === 'unavailable') return undefined
  return status === 'unchecked' && claim.message.override === 'unchecked' ? 'released' : status
}

async function partVerdict(context: Context, part: Part, files: Deposited[]): Promise<Verdict> {
  const { claim, scanning, archive } = context
  const file = files.find((one) => one.part === part.path)
  const range = { start: part.bodyStart, end: part.bodyEnd }
  const verdict = file
    ? await scanning.scan(file.blob)
    : await scanning.scanStream(
        Readable.from(decodeBody(archive.original(claim.message, range), part.encoding))
      )
  const status = statusOf(context, verdict)
  if (status) {
    const detail = detailOf(verdict)
    const judge = judging(context, file ? [file] : [], status, detail)
    await claim.part(part.path, { verdict: status, verdictDetail: detail }, judge)
  }
  return verdict
}

async function conclude(
  context: Context,
  verdicts: { verdict: Verdict; where: string }[],
  parts: number
): Promise<StepResult> {
  const { claim } = context
  const worst = verdicts.reduce((left, right) =>
    severity.indexOf(right.verdict.status) > severity.indexOf(left.verdict.status) ? right : left
  )
  const detail = detailOf(worst.verdict)
  const explanation = [worst.where, detail].filter(Boolean).join(': ')
  if (worst.verdict.status === 'unavailable') return wait(context, explanation)

  const outcome = { verdict: worst.verdict.status, parts, detail }
  if (worst.verdict.status === 'infected') {
    claim.scanned(outcome)
    return holdInfected(context, explanation)
  }
  if (worst.verdict.status === 'unchecked' && claim.message.verdict === 'infected') {
    return holdInfected(context, explanation)
  }
  if (worst.verdict.status === 'unchecked' && claim.message.override !== 'unchecked') {
    claim.scanned(outcome)
    await claim.hold('unchecked', explanation, await telling(context, 'unchecked', explanation))
    return 'stop'
  }
  const released = worst.verdict.status === 'unchecked'
  claim.scanned({ ...outcome, verdict: released ? 'released' : 'clean' })
  return 'next'
}

/** What was infected once leaves only after a clean scan: no other outcome lets it go on. */
async function holdInfected(context: Context, explanation: string): Promise<StepResult> {
  await context.claim.hold('infected', explanation, await telling(context, 'infected', explanation))
  return 'stop'
}

function detailOf(verdict: Verdict): string | null {
  if (verdict.status === 'infected') return verdict.signature
  return verdict.status === 'clean' ? null : verdict.reason
}

async function wait(context: Context, explanation: string): Promise<StepResult> {
  const until = new Date(context.now().getTime() + ASK_AGAIN)
  await context.claim.wait('scanner_down', explanation, until)
  return 'stop'
}
