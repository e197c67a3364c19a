import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Notifications } from '#notifications'
import { Post } from '#post'
import { put, sharedVault, type Insider } from '#tests/shared_vault'
import { signedIn } from '#tests/visitor'

/** Writes the mails that wait, as a worker does, and gives those to one person. */
async function mailsTo({ email }: Insider) {
  const notifications = await app.container.make(Notifications)
  const waiting: { id: number }[] = await db.from('notifications').where('state', 'queued')
  for (const { id } of waiting) await notifications.write(String(id))
  return db
    .from('outbox')
    .where('recipient', email)
    .whereNot('kind', 'new_device')
    .orderBy('queued_at')
}

test.group('Benachrichtigung verschicken', () => {
  test('shows who gets it and who does not, sends it, and what has become of it', async ({
    assert,
  }) => {
    const { owner, as, path } = await sharedVault()
    const reader = await as('reader', 'Rita Leser')
    await as('editor', 'Nils Niemals', 'never')
    await put(owner, 'Kassenbuch.pdf')
    const page = `${path}/benachrichtigen`
    const before = await owner.visitor.page(page)
    assert.match(before, /Eine Person bekommt[^]+Rita Leser[^]+Eine Person bekommt\s+keine/)
    assert.match(before, /Nils Niemals[^]+möchte keine Benachrichtigungen/)

    const answer = await owner.visitor.submit(page, { satz: 'Bitte prüfen <b>Sie</b>' })
    assert.equal(answer.headers.get('location'), page)
    assert.include(await owner.visitor.page(page), 'geht an eine Person')
    const [letter, ...more] = await mailsTo(reader)
    assert.deepEqual(more, [])
    assert.include(letter.body_text, 'Bitte prüfen <b>Sie</b>')
    assert.include(letter.body_text, 'Kassenbuch.pdf')
    assert.include(letter.body_html, '&#60;b&#62;Sie')
    assert.include(letter.choices_url, `${path}/benachrichtigen`)

    const again = await owner.visitor.submit(page, {})
    assert.equal(again.status, 302)
    assert.include(await owner.visitor.page(page), 'gerade erst benachrichtigt')

    const post = await app.container.make(Post)
    await post.record(letter.id, { status: 'failed', reply: '550 5.1.1 No such user' })
    const failed = await owner.visitor.page(page)
    assert.match(failed, /Rita Leser[^]+gescheitert[^]+Antwort: 550 5\.1\.1 No such user/)
    assert.include(failed, 'Bitte prüfen &lt;b&gt;Sie&lt;/b&gt;')
    const [, action] = new RegExp(`action="(${page}/\\d+)"`).exec(failed)!
    await owner.visitor.submit(page, {}, action)
    assert.include(await owner.visitor.page(page), 'noch einmal verschickt')
    assert.lengthOf(await mailsTo(reader), 2)

    const activity = await owner.visitor.page(`${path}/aktivitaet`)
    assert.include(activity, 'Benachrichtigung verschickt')
  })

  test('is not for readers and strangers; readers choose there', async ({ assert }) => {
    const { as, path } = await sharedVault()
    const reader = await as('reader', 'Rita Leser')
    const page = `${path}/benachrichtigen`
    const shown = await reader.visitor.page(page)
    assert.notInclude(shown, 'An alle anderen')
    await reader.visitor.submit(page, { satz: 'x' })
    assert.include(await reader.visitor.page(page), 'können Sie niemanden benachrichtigen')
    assert.deepEqual(await db.from('announcements').where('vault_id', reader.access.vault.id), [])

    const stranger = await signedIn({ role: 'staff' })
    const own = await sharedVault()
    for (const address of [page, `${path}/aktivitaet`, `${path}/aktivitaet.csv`]) {
      assert.equal((await stranger.visitor.get(address)).status, 404)
    }
    const form = `${own.path}/benachrichtigen`
    const tries = [page, `${page}/wahl`, `${page}/1`]
    for (const action of tries) {
      const answer = await own.owner.visitor.submit(form, { wahl: 'never' }, action)
      assert.equal(answer.status, 404, action)
    }
  })

  test('a contributor reaches those only who see what he put in', async ({ assert }) => {
    const { owner, as, path } = await sharedVault()
    const contributor = await as('contributor', 'Edda Einreicher')
    await as('contributor', 'Gustav Geheim')
    const shown = await contributor.visitor.page(`${path}/benachrichtigen`)
    assert.include(shown, 'Anna Berger')
    assert.notInclude(shown, 'Gustav Geheim')
    await contributor.visitor.submit(`${path}/benachrichtigen`, {})
    assert.lengthOf(await mailsTo(owner), 1)
    const toOthers = await db.from('notifications').where('vault_id', owner.access.vault.id)
    assert.lengthOf(toOthers, 1)
  })

  test('choices: for one vault, for all, in English too', async ({ assert }) => {
    const { as, path, number } = await sharedVault({ name: 'Löhne & <Gehälter>' })
    const member = await as('editor', 'Emil Editor')
    await member.visitor.submit(
      `${path}/benachrichtigen`,
      { wahl: 'daily' },
      `${path}/benachrichtigen/wahl`
    )
    const chosen = await member.visitor.page(`${path}/benachrichtigen`)
    assert.match(chosen, /value="daily" checked/)
    const all = await member.visitor.page('/profil/benachrichtigungen?sprache=en')
    assert.include(all, `Vault ${number}: Löhne &amp; &lt;Gehälter&gt;`)
    await member.visitor.submit('/profil/benachrichtigungen', {
      [`wahl[${number}]`]: 'never',
      'wahl[99999]': 'daily',
    })
    assert.match(await member.visitor.page(`${path}/benachrichtigen`), /value="never" checked/)
    const wrong = await member.visitor.submit(
      `${path}/benachrichtigen`,
      { wahl: 'hourly' },
      `${path}/benachrichtigen/wahl`
    )
    assert.equal(wrong.status, 302)
    assert.match(await member.visitor.page(`${path}/benachrichtigen`), /value="never" checked/)
  })
})
