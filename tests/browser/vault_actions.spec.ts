import { test } from '@japa/runner'
import type { Locator, Page } from 'playwright'
import { Checking } from '#checking'
import { transaction } from '#transaction'
import type { Access, MemberRole, VaultFile } from '#vault'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { axe, overflow } from '#tests/axe'
import { staff } from '#tests/seeded_mail'
import { viewerOf } from '#tests/tus_client'
import { fileIn, rowOf, shot, signedInPage, withVault, type Look } from '#tests/vault_pages'

const DESK: Look = { scheme: 'light', width: 1280, locale: 'de-DE' }
const PHONE: Look = { scheme: 'dark', width: 390, locale: 'en-US' }

/** Shown as disabled, and pressed all the same. */
const unpressable = { force: true }

const toast = (page: Page, text: string) => page.locator('.toast', { hasText: text }).last()

/** What is said goes after some seconds, unless the pointer rests on it. */
const held = (page: Page, text: string) => toast(page, text).hover()

async function undo(page: Page, text: string): Promise<void> {
  await held(page, text)
  await toast(page, text).getByRole('button', { name: 'Rückgängig' }).click()
  await toast(page, 'Rückgängig gemacht.').waitFor()
  await toast(page, 'Rückgängig gemacht.').locator('.icon-button').click()
}

async function opened(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.locator('[data-ready]').waitFor()
}

/** The names that the list shows, in its order. */
const shown = (page: Page) =>
  page.locator('tr[data-entry]').evaluateAll((rows) => rows.map((row) => row.dataset.name))

const chosen = (page: Page) =>
  page
    .locator('tr[data-entry][aria-selected=true]')
    .evaluateAll((rows) => rows.map((row) => row.dataset.name))

async function inMenu(page: Page, row: Locator, command: string): Promise<void> {
  await row.getByRole('button').click()
  await page.locator(`#menu [data-command=${command}]`).click()
}

/** Somebody else in the vault. */
async function member(access: Access, vaults: VaultsOf, role: MemberRole, fullName: string) {
  const { person } = await staff({ fullName })
  const viewer = viewerOf(person)
  const grant = { role, until: null }
  await transaction(db, (trx) => vaults.admissions.add(trx, access, viewer, grant))
  return { person, access: await vaults.open(access.vault.number, viewer) }
}

type VaultsOf = Awaited<ReturnType<typeof withVault>>['vaults']

test.group('Files in a vault are moved', () => {
  test('by dragging one or several onto a folder, and onto the path; and back')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const folder = await vaults.makeFolder(access, null, 'Ablage')
      for (const name of ['a.txt', 'b.txt', 'c.txt']) await fileIn(access, name, name)
      const { page, complaints, close } = await signedInPage(browser, person.email, DESK)
      await opened(page, path)
      await rowOf(page, 'a.txt').getByRole('checkbox').check()
      await rowOf(page, 'b.txt').getByRole('checkbox').check()
      await rowOf(page, 'b.txt').locator('.col-changed').dragTo(rowOf(page, 'Ablage'))
      await rowOf(page, 'a.txt').waitFor({ state: 'detached' })
      assert.deepEqual(await shown(page), ['Ablage', 'c.txt'])
      await undo(page, '2 Elemente sind verschoben')
      await rowOf(page, 'b.txt').waitFor()
      assert.deepEqual(await shown(page), ['Ablage', 'a.txt', 'b.txt', 'c.txt'])
      // One that is not chosen is carried alone.
      await rowOf(page, 'c.txt').locator('.col-changed').dragTo(rowOf(page, 'Ablage'))
      await rowOf(page, 'c.txt').waitFor({ state: 'detached' })
      assert.deepEqual(await shown(page), ['Ablage', 'a.txt', 'b.txt'])

      await opened(page, `${path}/ordner/${folder}`)
      await rowOf(page, 'c.txt')
        .locator('.col-changed')
        .dragTo(page.locator('.crumbs a[data-drop-folder]').first())
      await rowOf(page, 'c.txt').waitFor({ state: 'detached' })
      assert.deepEqual(await shown(page), [])
      await undo(page, 'verschoben')
      await rowOf(page, 'c.txt').waitFor()
      assert.deepEqual(complaints, [])
      await close()
    })

  test('by the dialog, also into another vault, where the role there allows it')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const folder = await vaults.makeFolder(access, null, 'Belege')
      await vaults.makeFolder(access, folder, 'Mai')
      await fileIn(access, 'Bericht.pdf', 'neu')
      const other = await vaults.create(access.viewer, { name: 'Zweiter' })
      const there = await vaults.makeFolder(other, null, 'Ziel')
      const old = await fileIn(other, 'Bericht.pdf', 'alt', 'clean', there)
      const { access: foreign } = await withVault('Karl Fremd')
      const grant = { role: 'reader' as const, until: null }
      await transaction(db, (trx) => vaults.admissions.add(trx, foreign, access.viewer, grant))

      const { page, complaints, close } = await signedInPage(browser, person.email, DESK)
      await opened(page, path)
      const tree = page.locator('.tree')
      const move = page.locator('#dialog-target').getByRole('button', { name: 'Verschieben' })
      const node = (text: string) => tree.locator('[role=treeitem]', { hasText: text })
      await rowOf(page, 'Belege').getByRole('checkbox').check()
      await page.locator('.tools [data-command=copy_move]').click()
      await node('Belege').click(unpressable)
      await page.getByText('nicht in sich selbst').waitFor()
      assert.isTrue(await move.isDisabled())
      await node(String(foreign.vault.number)).click(unpressable)
      await node('nur lesen').waitFor()
      await page.getByText('In diesem Webtresor dürfen Sie nur lesen').waitFor()
      await page.waitForTimeout(250)
      assert.deepEqual(await axe(page), [])
      await shot(page, 'target-refused', DESK)
      assert.isTrue(await move.isDisabled())
      await node(String(access.vault.number)).click()
      await page.getByText('Hier liegt es schon').waitFor()
      await page.keyboard.press('Escape')

      await rowOf(page, 'Belege').getByRole('checkbox').uncheck()
      await rowOf(page, 'Bericht').getByRole('checkbox').check()
      await page.locator('.tools [data-command=copy_move]').click()
      await node(String(other.vault.number)).locator('.twist').click()
      await node('Ziel').click()
      await move.click()
      await page.locator('#dialog-conflict[open]').waitFor()
      await page.locator('#dialog-conflict button[value=replace]').click()
      await held(page, 'verschoben')
      await rowOf(page, 'Bericht').waitFor({ state: 'detached' })
      assert.notEqual((await vaults.list(other, there, { limit: 9 })).entries[0]!.id, old)
      await undo(page, 'verschoben')
      await rowOf(page, 'Bericht').waitFor()
      assert.equal((await vaults.list(other, there, { limit: 9 })).entries[0]!.id, old)
      assert.deepEqual(complaints, [])
      await close()
    })

  test('by cutting and pasting, also from one tab into another; not into itself')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const folder = await vaults.makeFolder(access, null, 'Ordner')
      await fileIn(access, 'a.txt', 'a')
      const other = await vaults.create(access.viewer, { name: 'Zweiter' })
      const { page, complaints, close } = await signedInPage(browser, person.email, DESK)
      await opened(page, path)
      await rowOf(page, 'Ordner').focus()
      await page.keyboard.press('Control+x')
      await rowOf(page, 'Ordner').and(page.locator('.cut-out')).waitFor()
      await page.goto(`${path}/ordner/${folder}`)
      await page.locator('[data-ready]').waitFor()
      await page.keyboard.press('Control+v')
      await toast(page, 'nicht in sich selbst').waitFor()

      await opened(page, path)
      const second = await page.context().newPage()
      await opened(second, `/webtresore/${other.vault.number}`)
      await rowOf(page, 'a.txt').focus()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+c')
      await toast(page, 'kopiert').waitFor()
      await second.bringToFront()
      await second.keyboard.press('Control+v')
      await rowOf(second, 'a.txt').waitFor()
      await page.bringToFront()
      await rowOf(page, 'a.txt').focus()
      await page.keyboard.press('Control+x')
      await second.bringToFront()
      await second.keyboard.press('Control+v')
      await second.locator('#dialog-conflict[open]').waitFor()
      await second.locator('#dialog-conflict button[value=keep]').click()
      await rowOf(second, 'a (2).txt').waitFor()
      await undo(second, 'verschoben')
      await rowOf(second, 'a (2).txt').waitFor({ state: 'detached' })
      assert.deepEqual((await vaults.list(access, null, { limit: 9 })).entries.length, 2)
      assert.deepEqual(complaints, [])
      await close()
    })
})

test.group('Files in a vault are chosen and named', () => {
  test('by keys and pointer; sorted, searched, renamed, deleted')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, access, path } = await withVault()
      const sizes = { 'a.txt': 30, 'b.pdf': 10, 'c.txt': 20, 'd.txt': 40 }
      for (const [name, size] of Object.entries(sizes)) await fileIn(access, name, 'x'.repeat(size))
      const { page, complaints, close } = await signedInPage(browser, person.email, DESK)
      await opened(page, path)
      await rowOf(page, 'a.txt').locator('.col-type').click()
      await rowOf(page, 'c.txt')
        .locator('.col-type')
        .click({ modifiers: ['Shift'] })
      assert.deepEqual(await chosen(page), ['a.txt', 'b.pdf', 'c.txt'])
      await rowOf(page, 'b.pdf').getByRole('checkbox').uncheck()
      await rowOf(page, 'd.txt')
        .getByRole('checkbox')
        .click({ modifiers: ['Shift'] })
      assert.deepEqual(await chosen(page), ['a.txt', 'b.pdf', 'c.txt', 'd.txt'])
      await page.keyboard.press('Escape')
      await page.keyboard.press('Control+a')
      assert.lengthOf(await chosen(page), 4)
      await page.keyboard.press('Escape')
      assert.lengthOf(await chosen(page), 0)

      await page.locator('th.col-size a').click()
      await page.locator('th.col-size[aria-sort=ascending]').waitFor()
      assert.deepEqual(await shown(page), ['b.pdf', 'c.txt', 'a.txt', 'd.txt'])
      await page.locator('th.col-size a').click()
      await page.locator('th.col-size[aria-sort=descending]').waitFor()
      assert.deepEqual(await shown(page), ['d.txt', 'a.txt', 'c.txt', 'b.pdf'])
      await page.fill('[name=suche]', 'TXT')
      await page.keyboard.press('Enter')
      await rowOf(page, 'b.pdf').waitFor({ state: 'detached' })
      assert.lengthOf(await shown(page), 3)
      await page.goBack()
      await rowOf(page, 'b.pdf').waitFor()

      await rowOf(page, 'a.txt').focus()
      await page.keyboard.press('F2')
      await page.keyboard.type('fort')
      await page.keyboard.press('Escape')
      await page.locator('#dialog-rename[open]').waitFor({ state: 'detached' })
      assert.include(await shown(page), 'a.txt')
      const focused = () =>
        page.evaluate('document.activeElement.closest("tr")?.dataset.name') as Promise<string>
      assert.equal(await focused(), 'a.txt')
      await page.keyboard.press('F2')
      for (const [name, said] of [
        ['a/b', 'Schrägstrich'],
        ['b.pdf', 'Hier gibt es schon'],
      ] as const) {
        await page.fill('#field-rename', name)
        await page.keyboard.press('Enter')
        await page.locator('#dialog-rename [data-wrong]', { hasText: said }).waitFor()
      }
      await shot(page, 'rename-refused', DESK)
      await page.fill('#field-rename', 'neu.txt')
      await page.keyboard.press('Enter')
      await rowOf(page, 'neu.txt').waitFor()
      await undo(page, 'heißt jetzt')
      await rowOf(page, 'a.txt').waitFor()
      await rowOf(page, 'b.pdf').focus()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Delete')
      await page.locator('#dialog-remove[open] .primary').click()
      await rowOf(page, 'b.pdf').waitFor({ state: 'detached' })
      await undo(page, 'Papierkorb')
      await rowOf(page, 'b.pdf').waitFor()
      assert.deepEqual(complaints, [])
      await close()
    })
})

test.group('Files in a vault are locked, checked, brought back', () => {
  test('a lock with an end is broken, its holder told; taken back it is his again')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const folder = await vaults.makeFolder(access, null, 'Ordner')
      const file = await fileIn(access, 'Bericht.txt', 'x', 'clean', folder)
      const editor = await member(access, vaults, 'editor', 'Emil Editor')
      const his = await signedInPage(browser, editor.person.email, PHONE)
      await opened(his.page, `${path}/ordner/${folder}`)
      await inMenu(his.page, rowOf(his.page, 'Bericht'), 'lock')
      await his.page.fill('#field-lock', '2099-12-31')
      await his.page.locator('#dialog-lock .primary').click()
      await rowOf(his.page, 'Bericht').getByText('locked by you').waitFor()
      await shot(his.page, 'locked', PHONE)

      const hers = await signedInPage(browser, person.email, DESK)
      const { page } = hers
      await opened(page, path)
      await rowOf(page, 'Ordner').focus()
      await page.keyboard.press('F2')
      await page.fill('#field-rename', 'Anders')
      await page.keyboard.press('Enter')
      await page.locator('#dialog-rename [data-wrong]', { hasText: 'Emil Editor' }).waitFor()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Delete')
      await page.locator('#dialog-remove .primary').click()
      await page.locator('#dialog-remove [data-wrong]', { hasText: 'Bericht.txt' }).waitFor()
      await page.keyboard.press('Escape')
      await opened(page, `${path}/ordner/${folder}`)
      await inMenu(page, rowOf(page, 'Bericht'), 'unlock')
      await shot(page, 'break', DESK)
      await page.locator('#dialog-unlock .primary').click()
      await held(page, 'freigegeben')
      // He sees it without a reload, and a letter waits for him.
      await rowOf(his.page, 'Bericht').getByText('locked by you').waitFor({ state: 'detached' })
      const letters = await db
        .from('outbox')
        .where('recipient', editor.person.email)
        .whereNot('kind', 'new_device')
      assert.lengthOf(letters, 1)
      assert.include(letters[0].body_text, 'Bericht.txt')
      await undo(page, 'freigegeben')
      await rowOf(page, 'Bericht').getByText('gesperrt von Emil Editor').waitFor()
      const { lock } = (await vaults.entry(access, file)) as VaultFile
      assert.equal(lock!.until!.toISOString().slice(0, 10), '2099-12-31')
      assert.deepEqual([...his.complaints, ...hers.complaints], [])
      await Promise.all([his.close(), hers.close()])
    })

  test(
    'what is infected is checked again or deleted, what cannot be checked is let out with a reason'
  )
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const bad = await fileIn(access, 'Böse.exe', 'x', 'infected')
      const odd = await fileIn(access, 'Kennwort.zip', 'y', 'unchecked')
      const { page, complaints, close } = await signedInPage(browser, person.email, DESK)
      await opened(page, path)
      await inMenu(page, rowOf(page, 'Böse'), 'scan')
      await rowOf(page, 'Böse').getByText('wird geprüft').waitFor()
      await inMenu(page, rowOf(page, 'Kennwort'), 'release')
      await page.locator('#dialog-release[open]').waitFor()
      await shot(page, 'release', DESK)
      await page.fill('#field-release', 'Vom Absender bestätigt')
      await page.locator('#dialog-release .primary').click()
      await rowOf(page, 'Kennwort').getByText('ungeprüft freigegeben').waitFor()
      const out = (await vaults.entry(access, odd)) as VaultFile
      assert.deepInclude(out, { verdict: 'released', downloadable: true })
      await rowOf(page, 'Böse').focus()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Delete')
      await page.locator('#dialog-remove .primary').click()
      await rowOf(page, 'Böse').waitFor({ state: 'detached' })
      await undo(page, 'Papierkorb')
      await rowOf(page, 'Böse').waitFor()
      const checking = await app.container.make(Checking)
      const back = (await vaults.entry(access, bad)) as VaultFile
      await checking.check(back.blob)
      assert.isFalse(((await vaults.entry(access, bad)) as VaultFile).downloadable)
      assert.deepEqual(complaints, [])
      await close()
    })

  test('a version is restored and deleted in the details')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const file = await fileIn(access, 'Bericht.exe', 'eins')
      await fileIn(access, 'Bericht.exe', 'zweite')
      const { page, complaints, close } = await signedInPage(browser, person.email, DESK)
      const { versions } = vaults
      const numbers = async () => (await versions.list(access, file)).map(({ number }) => number)
      await opened(page, path)
      await rowOf(page, 'Bericht').getByRole('link').click()
      const drawer = page.locator('.drawer')
      // Among the versions: what happened names them too.
      const version = (number: number) =>
        drawer.locator('.listing').getByText(`Version ${number}`, { exact: true })
      await drawer.getByRole('button', { name: 'Version 1 wiederherstellen' }).click()
      await held(page, 'gilt jetzt wieder')
      await version(3).waitFor()
      await page.waitForTimeout(250)
      assert.deepEqual(await axe(page), [])
      await shot(page, 'drawer-versions', DESK)
      await undo(page, 'gilt jetzt wieder')
      await version(3).waitFor({ state: 'detached' })
      assert.deepEqual(await numbers(), [2, 1])
      await drawer.getByRole('button', { name: 'Löschen' }).click()
      await page.locator('#remove-version-1[open]').waitFor()
      await shot(page, 'remove-version', DESK)
      await page.locator('#remove-version-1 .primary').click()
      await version(1).waitFor({ state: 'detached' })
      await toast(page, 'ist gelöscht').waitFor()
      assert.deepEqual(await numbers(), [2])
      assert.deepEqual(complaints, [])
      await close()
    })

  test('the trash gives things back where they lay, or where there is room; or is emptied')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const folder = await vaults.makeFolder(access, null, 'Ordner')
      const inner = await fileIn(access, 'Innen.txt', 'x', 'clean', folder)
      await vaults.remove(access, [inner])
      await vaults.remove(access, [folder])
      await vaults.emptyTrash(access, [folder])
      await vaults.remove(access, [await fileIn(access, 'Doppelt.txt', 'alt')])
      await fileIn(access, 'Doppelt.txt', 'neu')
      for (const look of [PHONE, DESK]) {
        const { page, complaints, close } = await signedInPage(browser, person.email, look)
        await page.goto(`${path}/papierkorb`)
        await page.waitForTimeout(250)
        assert.deepEqual(await axe(page), [])
        assert.isAtMost(await overflow(page), 0)
        await shot(page, 'trash', look)
        if (look === DESK) {
          for (const name of ['Innen.txt', 'Doppelt.txt']) {
            await page.getByRole('button', { name: `${name} zurückholen` }).click()
            await page.getByText('zurückgeholt').waitFor()
          }
          await page.goto(path)
          assert.deepEqual(await shown(page), ['Doppelt (2).txt', 'Doppelt.txt', 'Innen.txt'])
          await vaults.remove(access, [inner])
          await page.goto(`${path}/papierkorb`)
          await page.getByRole('button', { name: 'Papierkorb leeren' }).click()
          await page.locator('#purge .primary').click()
          await page.getByText('Der Papierkorb ist leer', { exact: true }).waitFor()
        }
        assert.deepEqual(complaints, [])
        await close()
      }
    })
})
