import { oneTimePassword } from '../../authenticator.ts'
import { PASSWORD } from './office.ts'
import type { Stage } from './stage.ts'
import type { Traveller } from './traveller.ts'
import { foreignWords } from './wording.ts'

/** The advisor signs in, makes a vault and invites the client. @returns path of the vault */
export async function invite({ advisor, names, email }: Stage): Promise<string> {
  const { hand, page } = advisor
  await page.goto('/webtresore')
  await advisor.sees('sign-in')
  await identify(advisor, email.advisor)
  await page.waitForURL('**/webtresore')
  await advisor.sees('no-vaults')
  await hand.press(advisor.button('vaults.new'))
  await advisor.sees('new-vault')
  await hand.write(advisor.field('vaults.new_name'), names.vault)
  await hand.press(advisor.button('vaults.create'))
  await page.locator('[data-ready]').waitFor()
  await advisor.sees('empty-vault')
  const vault = new URL(page.url()).pathname

  await hand.press(advisor.link('vaults.tab_members'))
  await hand.press(advisor.button('people.invite').first())
  await advisor.sees('invite')
  const dialog = page.getByRole('dialog')
  await hand.write(dialog.getByLabel(advisor.say('people.address')), email.client)
  await hand.choose(dialog.getByLabel(advisor.say('people.role'), { exact: true }), 'editor')
  await hand.write(dialog.getByLabel(advisor.say('people.words')), names.invites)
  await hand.press(dialog.getByRole('button', { name: advisor.say('people.invite') }))
  await page.getByText(advisor.say('people.member_invited', { address: email.client })).waitFor()
  await advisor.sees('members')
  return vault
}

/**
 * The client comes by the mailed link, chooses names and a password, sets up the second factor that is asked of him, and stands
 * in the vault.
 *
 * @returns the secret of his one-time passwords
 */
export async function register(at: Stage, vault: string): Promise<string> {
  const { assert, client, email, names, office } = at
  const { hand, page } = client
  const mail = await office.mailTo(email.client, /\/einladung\//)
  assert.include(mail.text, names.invites)
  assert.deepEqual(foreignWords(at.language, mail.text!, at.typed), [], 'the invitation')
  await page.goto(office.pathIn(mail, /\/einladung\/[\w-]+/))
  await page.getByText(names.invites).waitFor()
  await client.sees('invitation')
  await hand.write(client.field('accounts.full_name'), names.client)
  await hand.write(client.field('people.username'), at.username)
  await hand.write(client.field('accounts.password'), PASSWORD)
  await hand.press(client.button('people.register_submit'))

  await page.getByText(client.say('profile.required_title')).waitFor()
  await client.sees('factor-required')
  await hand.press(client.link('profile.otp_add'))
  await page.locator('.qr').waitFor()
  await client.sees('one-time-password')
  const secret = (await page.locator('.instructions .mono').textContent())!
  await hand.write(client.field('accounts.code'), oneTimePassword(secret))
  await hand.press(client.button('profile.otp_confirm'))
  await page.locator('.codes').waitFor()
  assert.lengthOf(await page.locator('.codes li').allTextContents(), 10)
  await client.sees('recovery-codes')
  await hand.press(client.link('profile.codes_kept'))
  await page.locator('[data-ready]').waitFor()
  assert.equal(new URL(page.url()).pathname, vault)
  await client.sees('landed')
  return secret
}

/** Signs out, and in again with user name, password and one-time password. */
export async function comeBack({ client, username }: Stage, secret: string): Promise<void> {
  const { hand, page } = client
  await hand.press(client.button('layout.sign_out'))
  await page.getByText(client.say('accounts.signed_out')).waitFor()
  await identify(client, username)
  await page.getByText(client.say('accounts.factor_lead')).waitFor()
  await client.sees('second-step')
  // The one that the app shows now has been used.
  await hand.write(client.field('accounts.code'), oneTimePassword(secret, 1))
  await hand.press(client.button('accounts.sign_in'))
  await page.locator('.account').waitFor()
}

async function identify(who: Traveller, name: string) {
  await who.hand.write(who.field('accounts.user_name'), name)
  await who.hand.write(who.field('accounts.password'), PASSWORD)
  await who.hand.press(who.button('accounts.sign_in'))
}
