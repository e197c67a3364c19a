import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const HomeController = () => import('#controllers/home_controller')
const SessionController = () => import('#controllers/session_controller')
const SetupController = () => import('#controllers/setup_controller')

router.get('/', [HomeController, 'show']).as('home').use(middleware.auth())

router
  .group(() => {
    router.get('/anmelden', [SessionController, 'create']).as('session.create')
    router.post('/anmelden', [SessionController, 'store']).as('session.store')
  })
  .use(middleware.guest())

router
  .post('/abmelden', [SessionController, 'destroy'])
  .as('session.destroy')
  .use(middleware.auth())

router.get('/einrichten/:token', [SetupController, 'show']).as('setup.show')
router.post('/einrichten/:token', [SetupController, 'store']).as('setup.store')
