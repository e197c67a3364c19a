import { IntegrityError, PermanentError } from '#errors'
import { normalAddress, normalDomain } from '../../app/accounts/address.ts'
import { decodeRecipe, encodeRecipe, type RecipeStep } from '../../app/archive/recipe.ts'
import { TakenNames } from '#taken_names'
import { safeFilename } from '../../mail-gateway/mime/filename.ts'
import { decodeWords, parseParameters } from '../../mail-gateway/mime/header.ts'
import { collect } from '../../mail-gateway/rewrite/encoded_body.ts'
import type { Random } from '../mime_generator.ts'
import { mutate } from './mutation.ts'
import { expect, type Target } from './target.ts'

function from(texts: string[]): Target['draw'] {
  const seeds = texts.map((text) => Buffer.from(text))
  return (random: Random) => mutate(random.pick(seeds), random.pick(seeds), random)
}

/** A normal form is its own normal form, and what has none is refused as permanent. */
export function addressTarget(): Target {
  const check = (text: string, normal: (text: string) => string) => {
    let once: string
    try {
      once = normal(text)
    } catch (error) {
      if (error instanceof PermanentError) return
      throw error
    }
    expect(normal(once) === once, `${JSON.stringify(once)} is no normal form of itself`)
  }
  return {
    draw: from([
      'me@firm.example',
      'Erika.Ü@bücher.example',
      '"a b"@x.example.',
      'xn--bcher-kva.de',
    ]),
    check: async (input) => {
      check(input.toString(), normalAddress)
      check(input.toString(), normalDomain)
    },
  }
}

/** Decoding fields never throws, and a file name is safe whatever it is made from. */
export function headerTarget(): Target {
  return {
    draw: from([
      '=?utf-8?Q?Gr=C3=B6=C3=9Fe?= =?iso-8859-1?B?5PY=?=',
      'attachment; filename*0*=UTF-8\'\'Gr%C3%B6; filename*1="a"; filename=b.pdf',
      'text/plain; charset="utf-8"; name="a \\"b\\" (c).pdf" (d; e=f)',
      'multipart/mixed; boundary="=_m"; boundary*=us-ascii\'\'%41',
    ]),
    check: async (input) => {
      const text = input.toString()
      const { params } = parseParameters(text)
      for (const raw of [decodeWords(text), ...Object.values(params)]) {
        const name = safeFilename(raw, 'application/pdf', new TakenNames())
        expect(name.trim() !== '' && !/[/\\\p{Cc}]/u.test(name), `unsafe: ${JSON.stringify(name)}`)
        expect(Buffer.byteLength(name) <= 255, `${Buffer.byteLength(name)} bytes of name`)
      }
    },
  }
}

/** A serial form comes back as it was; anything else is an `IntegrityError`. */
export function recipeTarget(): Target {
  const seeds = [
    Buffer.from('WTR1\x01\xac\x02\x05\x02\x01<\x00', 'latin1'),
    Buffer.concat([Buffer.from('WTR1\x02\x80\x08', 'latin1'), Buffer.alloc(1024), Buffer.alloc(1)]),
    Buffer.from('WTR1\x01\xff\xff\xff\xff\xff\xff\xff\x0f\x00\x00', 'latin1'),
  ]
  return {
    draw: (random) => mutate(random.pick(seeds), random.pick(seeds), random),
    check: async (input) => {
      let steps: RecipeStep[]
      try {
        steps = await read(input)
      } catch (error) {
        if (error instanceof IntegrityError) return
        throw error
      }
      const again = await read(await collect(encodeRecipe(steps)))
      const written = (of: RecipeStep[]) =>
        JSON.stringify(of.filter((step) => 'copy' in step || step.insert.length > 0))
      expect(written(again) === written(steps), 'a recipe changes when it is written and read')
    },
  }
}

async function read(bytes: Buffer): Promise<RecipeStep[]> {
  async function* source() {
    yield bytes
  }
  const steps: RecipeStep[] = []
  for await (const step of decodeRecipe(source())) steps.push(step)
  return steps
}
