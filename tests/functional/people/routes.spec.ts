import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import router from '@adonisjs/core/services/router'
import { ROLES, type Role } from '#accounts'
import { Vaults } from '#vault'
import { staff } from '#tests/seeded_mail'
import { signedIn, Visitor } from '#tests/visitor'

/**
 * Whom each route is for. A new route needs its row: who may do it is a decision.
 *
 * - nobody: opens without an account, tests/functional/accounts/default_deny.spec.ts says why
 * - everybody: whoever is signed in, for his own things
 * - members: of the vault; to all others it is not there, whatever their role
 * - clients of a protocol, who show a session or a ticket: what they may has tests of its own, tests/functional/uploads
 */
const table = {
  nobody: `
    links.show links.requestCode links.confirm links.download links.want links.send links.back
    links.returnTicket links.return
    health.live health.ready metrics vaults.frame setup.show setup.store
    session.create session.store session.passkey_options session.passkey
    factor.show factor.store factor.passkey_options factor.passkey
    reset.create reset.store reset.show reset.update
    invitations.show invitations.accept
    registrations.create registrations.store registrations.show registrations.accept`,
  everybody: `
    home session.destroy vaults.index vaults.store
    profile.show profile.update profile.security profile.password
    profile.confirm profile.confirm_store profile.confirm_passkey_options profile.confirm_passkey
    profile.sessions profile.sessions_end profile.session_end
    profile.one_time_password profile.one_time_password_store profile.one_time_password_remove
    profile.codes profile.passkey profile.passkey_store profile.passkey_options profile.passkey_rename
    profile.passkey_remove
    profile.notifications profile.notifications_choose`,
  members: `
    vaults.show vaults.folder vaults.download vaults.details vaults.look
    vaults.tree vaults.make_folder vaults.rename vaults.copy vaults.move vaults.lock vaults.unlock
    vaults.remove vaults.trash vaults.purge vaults.restore vaults.restore_version
    vaults.remove_version vaults.undo vaults.make_folders
    vaults.settings vaults.rename_vault vaults.archive vaults.destroy vaults.bring_back
    vaults.activity vaults.activity_export
    vaults.notify vaults.announce vaults.notify_choice vaults.notify_again vaults.live
    vaults.members vaults.invite vaults.leave vaults.transfer vaults.member_change vaults.member_remove
    vaults.invitation_resend vaults.invitation_revoke uploads.ticket
    vaults.zip vaults.recheck vaults.release vaults.version`,
  protocol: 'uploads.create uploads.one',
  firm: `
    archive.index archive.show archive.headers archive.source archive.html archive.original
    archive.proof archive.delivered archive.form archive.revoke archive.sendLink archive.answer
    archive.extend`,
  administrators: `
    admin.index admin.message admin.content admin.decide admin.answer admin.decide_many
    admin.four_eyes admin.retry
    people.index people.set_rules people.invite people.resend people.revoke people.show people.role
    people.disable people.enable people.end_sessions people.reset_factors people.add_mailbox
    people.end_mailbox
    domains.index domains.store domains.destroy
    admin_vaults.index admin_vaults.show admin_vaults.quota admin_vaults.transfer
    admin_vaults.invite admin_vaults.resend admin_vaults.revoke`,
}

type Whom = keyof typeof table
const rows = new Map<string, Whom>()
for (const [whom, names] of Object.entries(table)) {
  for (const name of names.trim().split(/\s+/)) rows.set(name, whom as Whom)
}

const insiders: Partial<Record<Whom, readonly Role[]>> = {
  firm: ['administrator', 'staff'],
  administrators: ['administrator'],
}

/** Not refused by role. */
const unasked: ReadonlySet<Whom> = new Set(['nobody', 'everybody', 'protocol'])

const routes = () => Object.values(router.toJSON()).flat()
const uuid = '00000000-0000-4000-8000-000000000000'

test('every route has a row that says whom it is for, and every row its route', ({ assert }) => {
  const named = routes().map(({ name, pattern }) => name ?? pattern)
  assert.deepEqual(
    named.filter((name) => !rows.has(name)),
    []
  )
  assert.deepEqual(
    [...rows.keys()].filter((name) => !named.includes(name)),
    []
  )
})

test.group('a route that is not for his role', () => {
  test('refuses the {$self}; of a foreign vault it says that there is none')
    .with([...ROLES])
    .run(async ({ assert }, role) => {
      const { person } = await staff()
      const vaults = await app.container.make(Vaults)
      const owner = { id: person.id, name: person.fullName, role: 'staff' as const, mailboxes: [] }
      const { vault } = await vaults.create(owner, { name: 'Fremder Tresor' })
      const { visitor } = await signedIn({ role })
      const csrf = /name='_csrf' value='([^']+)'/.exec(await visitor.page('/webtresore'))![1]!

      for (const { name = '', pattern, methods } of routes()) {
        const whom = rows.get(name)
        if (!whom) continue
        const mayEnter = insiders[whom]?.includes(role)
        if (unasked.has(whom) || mayEnter) continue
        const path = pattern
          .replace(':vault', String(vault.number))
          .replace(/:(link|invitation|asker)\b/, uuid)
          .replace(/:\w+\??/g, '1')
        for (const method of methods.filter((one) => one !== 'HEAD')) {
          const body = method === 'GET' ? undefined : new URLSearchParams({ _csrf: csrf })
          const { status } = await visitor.request(path, { method, body })
          assert.equal(status, whom === 'members' ? 404 : 403, `${role}: ${method} ${pattern}`)
        }
      }
    })

  test('is open to those it is for', async ({ assert }) => {
    const { visitor } = await staff({ role: 'administrator' })
    const { person } = await signedIn()
    for (const { name = '', pattern, methods } of routes()) {
      if (!insiders[rows.get(name)!] || !methods.includes('GET')) continue
      if (/:(?!person)/.test(pattern)) continue
      const { status } = await visitor.get(pattern.replace(':person', String(person.id)))
      assert.equal(status, 200, pattern)
    }
  })

  test('changes nothing without the token of a form', async ({ assert }) => {
    const { visitor } = await staff({ role: 'administrator' })
    for (const { name = '', pattern, methods } of routes()) {
      const whom = rows.get(name) ?? 'nobody'
      if (/nobody|protocol/.test(whom) || methods.includes('GET')) continue
      const path = pattern.replace(/:(link|invitation|asker)\b/, uuid).replace(/:\w+\??/g, '1')
      const response = await visitor.request(path, { method: methods[0] })
      // Back to where it came from, with a sentence; the controller was not asked.
      assert.deepEqual([response.status, response.headers.get('location')], [302, '/'], pattern)
    }
    assert.isTrue(await visitor.isSignedIn())
    assert.isFalse(await new Visitor().isSignedIn())
  })
})
