import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { downloaded, sha256 } from '../../vault_pages.ts'
import type { Stage } from './stage.ts'
import type { Traveller } from './traveller.ts'
import { foreignWords } from './wording.ts'

/** The client brings his papers. That they were checked shows by itself. */
export async function putIn({ client, papers }: Stage): Promise<void> {
  const { hand, page } = client
  await hand.bring(papers.map(({ path }) => path))
  const clean = client.say('vaults.verdict_clean')
  for (const { name } of papers) {
    await client.row(name).getByText(clean, { exact: true }).waitFor()
  }
  await page.locator('.queue li.done').nth(2).waitFor()
  await client.sees('uploaded')
  await hand.press(page.locator('.queue').getByLabel(client.say('vaults.queue_close')))
  await client.rests()
}

/** The client has the advisor told, who comes by the link in the mail. */
export async function tell(at: Stage, vault: string): Promise<void> {
  const { advisor, assert, client, email, names, office, papers } = at
  const { hand, page } = client
  await hand.link(client.say('vaults.tool_notify'))
  await page.locator('.people').getByText(names.advisor).waitFor()
  await client.sees('notify')
  await hand.write(page.getByLabel(client.say('notify.sentence')), names.tells)
  await hand.press(client.button('notify.send'))
  await page.locator('.sending').getByText(names.tells).waitFor()
  await client.sees('told')

  const mail = await office.mailTo(email.advisor, /\/webtresore\//)
  for (const said of [names.tells, names.client, ...papers.map(({ name }) => name)]) {
    assert.include(mail.text, said)
  }
  assert.deepEqual(foreignWords(at.language, mail.text!, at.typed), [], 'the notification')
  const path = office.pathIn(mail, /\/webtresore\/\d+(?=>)/)
  assert.equal(path, vault)
  await advisor.page.goto(path)
  await advisor.page.locator('[data-ready]').waitFor()
  await advisor.sees('told-of')
}

/** What the advisor locks, the client sees locked, by whom and since when, without asking; and cannot rename it. */
export async function lock({ advisor, assert, client, names, papers }: Stage): Promise<void> {
  const { name } = papers[0]
  const { page } = client
  await page.locator('[data-ready]').waitFor()
  await advisor.hand.tick(advisor.row(name))
  await advisor.hand.tool('lock')
  await advisor.sees('lock')
  await advisor.hand.press(advisor.page.locator('#dialog-lock .primary'))
  await advisor.row(name).getByText(advisor.say('vaults.locked_by_me')).waitFor()
  await advisor.rests()

  const says = client.say('vaults.locked_by', { name: names.advisor })
  await client.row(name).getByText(says).waitFor()
  await client.hand.tick(client.row(name))
  await client.hand.tool('rename')
  const refusal = page.locator('.toast.bad')
  await refusal.waitFor()
  const year = String(new Date().getFullYear())
  for (const said of [name, names.advisor, year]) {
    assert.include(await refusal.textContent(), said)
  }
  await client.sees('locked')
  assert.isFalse(await page.locator('#dialog-rename').isVisible())
  await client.hand.press(refusal.getByRole('button'))
  await client.hand.tick(client.row(name))
  await client.rests()
}

/** What nobody has locked the client renames, throws away and takes back. */
export async function tidy({ client, names, papers }: Stage): Promise<void> {
  const { hand, page } = client
  await hand.tick(client.row(papers[1].name))
  await hand.tool('rename')
  await page.locator('#dialog-rename[open]').waitFor()
  await client.sees('rename')
  await hand.write(page.locator('#field-rename'), names.renamed)
  await hand.press(page.locator('#dialog-rename .primary'))
  const row = client.row(names.renamed)
  await row.waitFor()
  await client.rests()
  await hand.tool('remove')
  await page.locator('#dialog-remove[open]').waitFor()
  await client.sees('remove')
  await hand.press(page.locator('#dialog-remove .primary'))
  await row.waitFor({ state: 'detached' })
  await client.rests()
  // The list may hear of it before the answer is there, which brings the way back: others before it have ways back too.
  const told = page.locator('.toast').filter({ hasText: client.say('vaults.trash') })
  await hand.press(told.getByRole('button', { name: client.say('vaults.undo'), exact: true }))
  await row.waitFor()
  await client.rests()
}

/** The advisor moves his file into a new folder by the dialog, and looks into the folder. */
export async function move({ advisor, names, papers }: Stage): Promise<void> {
  const { hand, page } = advisor
  const { name } = papers[0]
  await hand.tool('new_folder')
  await page.locator('#dialog-folder[open]').waitFor()
  await hand.write(page.locator('#field-folder'), names.folder)
  await hand.press(page.locator('#dialog-folder .primary'))
  await advisor.row(names.folder).waitFor()
  await advisor.rests()
  await hand.tool('copy_move')
  await hand.point(page.getByRole('tree'), names.folder)
  await advisor.sees('target')
  await hand.press(advisor.button('vaults.dialog_move'))
  await advisor.row(name).waitFor({ state: 'detached' })
  await advisor.rests()
  await hand.enter(advisor.row(names.folder))
  await advisor.row(name).waitFor()
  await advisor.rests()
  await advisor.sees('in-folder')
}

/** Both take everything out: the client as one ZIP, the advisor each file by itself. It is what was put in. */
export async function takeOut(at: Stage): Promise<void> {
  const { advisor, assert, client, names, papers } = at
  const [cashBook, statement, payroll] = papers
  const originals = Object.fromEntries(papers.map(({ name, content }) => [name, sha256(content)]))

  for (const name of [names.folder, names.renamed, payroll.name]) {
    const box = client.row(name).getByRole('checkbox')
    if (!(await box.isChecked())) await client.hand.tick(client.row(name))
  }
  const zip = await downloaded(client.page, () => client.hand.tool('download'))
  const path = join(dirname(cashBook.path), 'all.zip')
  await writeFile(path, zip.content)
  const inZip = (name: string) => sha256(execFileSync('unzip', ['-p', path, name]))
  assert.deepEqual(originals, {
    [cashBook.name]: inZip(`${names.folder}/${cashBook.name}`),
    [statement.name]: inZip(names.renamed),
    [payroll.name]: inZip(payroll.name),
  })

  const cashBookOut = await downloadOf(advisor, cashBook.name)
  await advisor.hand.tool('up')
  await advisor.row(names.renamed).waitFor()
  await advisor.rests()
  assert.deepEqual(originals, {
    [cashBook.name]: cashBookOut,
    [statement.name]: await downloadOf(advisor, names.renamed),
    [payroll.name]: await downloadOf(advisor, payroll.name),
  })
}

async function downloadOf(who: Traveller, name: string): Promise<string> {
  await who.hand.tick(who.row(name))
  const saved = await downloaded(who.page, () => who.hand.tool('download'))
  await who.hand.tick(who.row(name))
  return sha256(saved.content)
}
