import type { Assert } from '@japa/assert'
import type { Browser } from 'playwright'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pdfWith } from '../../vault_pages.ts'
import type { Office } from './office.ts'
import { Traveller, type Means } from './traveller.ts'
import type { Language } from './wording.ts'

/** What people of the journey call their things, each in his language. */
const names = {
  de: {
    advisor: 'Anna Berger',
    client: 'Daniela Kunz',
    vault: 'Kunz GmbH',
    files: ['Kassenbuch 2026-10.csv', 'Kontoauszug 17.txt', 'Lohnliste.pdf'],
    renamed: 'Auszug.txt',
    folder: 'Oktober 2026',
    invites: 'Bitte legen Sie das Kassenbuch bis Freitag ab.',
    tells: 'Die Belege für Oktober liegen bereit.',
  },
  en: {
    advisor: 'Mary Smith',
    client: 'Daniel Brown',
    vault: 'Brown Ltd',
    files: ['Cash book 2026-10.csv', 'Bank statement 17.txt', 'Payroll.pdf'],
    renamed: 'Statement.txt',
    folder: 'October 2026',
    invites: 'Please put the cash book in by Friday.',
    tells: 'The papers for October are there.',
  },
}

export interface Paper {
  name: string
  path: string
  content: Buffer
}

/** Who goes how, and whether axe looks along. */
export interface Journey {
  means: Means
  language: Language
  usesAxe: boolean
}

/** Who takes part in a journey, and with what. */
export interface Stage {
  assert: Assert
  office: Office
  language: Language
  names: (typeof names)[Language]
  email: { advisor: string; client: string }
  username: string
  /** Three files on the client's disk. */
  papers: [Paper, Paper, Paper]
  advisor: Traveller
  client: Traveller
  /** Words that people type, which may stand in any language. */
  typed: string[]
}

/** @param folder where papers are written */
export async function stage(
  { assert, browser }: { assert: Assert; browser: Browser },
  office: Office,
  { means, language, usesAxe }: Journey,
  folder: string
): Promise<Stage> {
  const own = names[language]
  const username = `kunz.${means}.${language}`
  const email = {
    advisor: `berger.${means}.${language}@firm.example`,
    client: `${username}@example.net`,
  }
  await office.advisor(email.advisor, own.advisor, language)
  const typed = [...Object.values(own).flat(), ...Object.values(email)]
  const journey = { url: office.url, means, language, typed, usesAxe }
  return {
    ...{ assert, office, language, names: own, email, username, typed },
    papers: await papersIn(join(folder, `${means}-${language}`), own.files),
    advisor: await Traveller.setOut(browser, journey),
    client: await Traveller.setOut(browser, journey),
  }
}

async function papersIn(folder: string, [csv, txt, pdf]: string[]) {
  await mkdir(folder)
  const contents: [string, Buffer][] = [
    [csv!, Buffer.from('2026-10-01;4711;119,00\r\n'.repeat(20_000))],
    [txt!, Buffer.from('17 / 2026\nIBAN DE02 1203 0000 0000 2020 51\n')],
    [pdf!, await pdfWith(pdf!)],
  ]
  return Promise.all(
    contents.map(async ([name, content]) => {
      const path = join(folder, name)
      await writeFile(path, content)
      return { name, path, content }
    })
  ) as Promise<[Paper, Paper, Paper]>
}
