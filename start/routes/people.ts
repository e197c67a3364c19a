import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Domains = () => import('#controllers/domains_controller')
const People = () => import('#controllers/people_controller')

/** Numbers that fit every column they are compared with; anything else is no page of ours. */
const digits = /^[1-9]\d{0,8}$/
const own = [middleware.auth(), middleware.viewer()]

/** Everybody with an account, for administrators. */
router
  .group(() => {
    router.get('/', [People, 'index']).as('index')
    router.post('/regeln', [People, 'setRules']).as('set_rules')
    router
      .group(() => {
        router.get('/', [People, 'show']).as('show')
        router.post('/rolle', [People, 'role']).as('role')
        router.post('/sperren', [People, 'disable']).as('disable')
        router.post('/entsperren', [People, 'enable']).as('enable')
        router.post('/abmelden', [People, 'endSessions']).as('end_sessions')
        router.post('/postfaecher', [People, 'addMailbox']).as('add_mailbox')
        router.post('/postfaecher/:mailbox/ende', [People, 'endMailbox']).as('end_mailbox')
      })
      .prefix('/:person')
  })
  .prefix('/verwaltung/personen')
  .as('people')
  .where('person', digits)
  .where('mailbox', digits)
  .use(own)

/** The firm's mail domains. */
router
  .group(() => {
    router.get('/', [Domains, 'index']).as('index')
    router.post('/', [Domains, 'store']).as('store')
    router.post('/entfernen', [Domains, 'destroy']).as('destroy')
  })
  .prefix('/verwaltung/domains')
  .as('domains')
  .use(own)
