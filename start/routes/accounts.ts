import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const HomeController = () => import('#controllers/home_controller')
const SessionController = () => import('#controllers/session_controller')
const SetupController = () => import('#controllers/setup_controller')
const Factor = () => import('#controllers/factor_controller')
const PasswordResets = () => import('#controllers/password_resets_controller')

router.get('/', [HomeController, 'show']).as('home').use(middleware.auth())

router
  .group(() => {
    router.get('/anmelden', [SessionController, 'create']).as('session.create')
    router.post('/anmelden', [SessionController, 'store']).as('session.store')
    router
      .get('/anmelden/passkey', [SessionController, 'passkeyOptions'])
      .as('session.passkey_options')
    router.post('/anmelden/passkey', [SessionController, 'passkey']).as('session.passkey')
    router.get('/anmelden/einmalpasswort', [Factor, 'show']).as('factor.show')
    router.post('/anmelden/einmalpasswort', [Factor, 'store']).as('factor.store')
    router
      .get('/anmelden/einmalpasswort/passkey', [Factor, 'passkeyOptions'])
      .as('factor.passkey_options')
    router.post('/anmelden/einmalpasswort/passkey', [Factor, 'passkey']).as('factor.passkey')
  })
  .use(middleware.guest())

router
  .post('/abmelden', [SessionController, 'destroy'])
  .as('session.destroy')
  .use(middleware.auth())

router.get('/passwort-vergessen', [PasswordResets, 'create']).as('reset.create')
router.post('/passwort-vergessen', [PasswordResets, 'store']).as('reset.store')
router.get('/passwort/:token', [PasswordResets, 'show']).as('reset.show')
router.post('/passwort/:token', [PasswordResets, 'update']).as('reset.update')

router.get('/einrichten/:token', [SetupController, 'show']).as('setup.show')
router.post('/einrichten/:token', [SetupController, 'store']).as('setup.store')
