import { consequenceOf, NotFound, PermanentError, Refused, type WebtresorError } from '#errors'
import type { HttpContext } from '@adonisjs/core/http'
import { statusOf, vaultRefusal } from './vault_refusals.ts'

/** The way back from a change: a form that somebody may send. */
export interface Undo {
  action: string
  fields: Record<string, string | number | (string | number)[]>
}

/** What a change came to. */
export interface Done {
  /** One sentence. */
  text: string
  undo?: Undo
  /** Entries that look different now. */
  entries?: number[]
}

export const wantsJson = ({ request }: HttpContext) => request.accepts(['html', 'json']) === 'json'

/**
 * Carries out a change and answers it: to scripts as JSON, to forms by leading back with a notice. A refusal is no error here: it
 * is said in a sentence.
 *
 * @param back where a form leads
 */
export async function answerChange(
  ctx: HttpContext,
  back: string,
  work: () => Promise<Done>
): Promise<void> {
  const { response, session } = ctx
  try {
    const done = await work()
    if (wantsJson(ctx)) return response.json(done)
    session.flash('notice', { kind: 'good', text: done.text })
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NotFound || error instanceof PermanentError))
      throw error
    const text = vaultRefusal(error, ctx.i18n)
    if (wantsJson(ctx)) return refuse(ctx, error, text)
    session.flash('notice', { kind: 'bad', text })
  }
  return response.redirect().toPath(back)
}

function refuse({ response }: HttpContext, error: WebtresorError, text: string) {
  const { code, facts } = error
  return response
    .status(statusOf(error, consequenceOf(error).http))
    .json({ code, text, facts: { names: facts.names } })
}
