import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const AdminVaults = () => import('#controllers/admin_vaults_controller')
const Domains = () => import('#controllers/domains_controller')
const Invitations = () => import('#controllers/invitations_controller')
const Members = () => import('#controllers/members_controller')
const People = () => import('#controllers/people_controller')
const Registrations = () => import('#controllers/registrations_controller')

/** Numbers that fit every column they are compared with; anything else is no page of ours. */
const digits = /^[1-9]\d{0,8}$/
const own = [middleware.auth(), middleware.viewer()]
const administrators = [...own, middleware.administrator()]

/** Everybody with an account, for administrators. */
router
  .group(() => {
    router.get('/', [People, 'index']).as('index')
    router.post('/regeln', [People, 'setRules']).as('set_rules')
    router.post('/einladungen', [People, 'invite']).as('invite')
    router.post('/einladungen/:invitation/senden', [People, 'resend']).as('resend')
    router.post('/einladungen/:invitation/widerrufen', [People, 'revoke']).as('revoke')
    router
      .group(() => {
        router.get('/', [People, 'show']).as('show')
        router.post('/rolle', [People, 'role']).as('role')
        router.post('/sperren', [People, 'disable']).as('disable')
        router.post('/entsperren', [People, 'enable']).as('enable')
        router.post('/abmelden', [People, 'endSessions']).as('end_sessions')
        router.post('/zweiter-faktor', [People, 'resetFactors']).as('reset_factors')
        router.post('/postfaecher', [People, 'addMailbox']).as('add_mailbox')
        router.post('/postfaecher/:mailbox/ende', [People, 'endMailbox']).as('end_mailbox')
      })
      .prefix('/:person')
  })
  .prefix('/verwaltung/personen')
  .as('people')
  .where('person', digits)
  .where('mailbox', digits)
  .where('invitation', router.matchers.uuid())
  .use(administrators)

/** The firm's mail domains. */
router
  .group(() => {
    router.get('/', [Domains, 'index']).as('index')
    router.post('/', [Domains, 'store']).as('store')
    router.post('/entfernen', [Domains, 'destroy']).as('destroy')
  })
  .prefix('/verwaltung/domains')
  .as('domains')
  .use(administrators)

/** All vaults, without their content. */
router
  .group(() => {
    router.get('/', [AdminVaults, 'index']).as('index')
    router
      .group(() => {
        router.get('/', [AdminVaults, 'show']).as('show')
        router.post('/speicher', [AdminVaults, 'quota']).as('quota')
        router.post('/uebergeben', [AdminVaults, 'transfer']).as('transfer')
        router.post('/mitglieder', [AdminVaults, 'invite']).as('invite')
        router.post('/einladungen/:invitation/senden', [AdminVaults, 'resend']).as('resend')
        router.post('/einladungen/:invitation/widerrufen', [AdminVaults, 'revoke']).as('revoke')
      })
      .prefix('/:vault')
  })
  .prefix('/verwaltung/webtresore')
  .as('admin_vaults')
  .where('vault', digits)
  .where('invitation', router.matchers.uuid())
  .use(administrators)

/** One-time links that were mailed. The pages behind them open without an account. */
router.get('/einladung/:token', [Invitations, 'show']).as('invitations.show')
router.post('/einladung/:token', [Invitations, 'store']).as('invitations.accept')
router.get('/registrieren', [Registrations, 'create']).as('registrations.create')
router.post('/registrieren', [Registrations, 'store']).as('registrations.store')
router.get('/registrieren/:token', [Invitations, 'show']).as('registrations.show')
router.post('/registrieren/:token', [Invitations, 'store']).as('registrations.accept')

/** Who may enter a vault. */
router
  .group(() => {
    router.get('/mitglieder', [Members, 'index']).as('members')
    router.post('/mitglieder', [Members, 'invite']).as('invite')
    router.post('/mitglieder/verlassen', [Members, 'leave']).as('leave')
    router.post('/mitglieder/uebergeben', [Members, 'transfer']).as('transfer')
    router.post('/mitglieder/:member', [Members, 'change']).as('member_change')
    router.post('/mitglieder/:member/entfernen', [Members, 'remove']).as('member_remove')
    router.post('/einladungen/:invitation/senden', [Members, 'resend']).as('invitation_resend')
    router.post('/einladungen/:invitation/widerrufen', [Members, 'revoke']).as('invitation_revoke')
  })
  .prefix('/webtresore/:vault')
  .as('vaults')
  .where('vault', digits)
  .where('member', digits)
  .where('invitation', router.matchers.uuid())
  .use(own)
