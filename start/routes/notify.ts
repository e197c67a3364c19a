import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Activity = () => import('#controllers/activity_controller')
const Live = () => import('#controllers/live_controller')
const Notifications = () => import('#controllers/notifications_controller')

const digits = /^[1-9]\d{0,8}$/
const own = [middleware.auth(), middleware.viewer()]

/** What happened in a vault, what happens in it now, and telling the others. */
router
  .group(() => {
    router.get('/aktivitaet', [Activity, 'index']).as('activity')
    router.get('/aktivitaet.csv', [Activity, 'export']).as('activity_export')
    router.get('/benachrichtigen', [Notifications, 'show']).as('notify')
    router.post('/benachrichtigen', [Notifications, 'send']).as('announce')
    router.post('/benachrichtigen/wahl', [Notifications, 'choose']).as('notify_choice')
    router
      .post('/benachrichtigen/:notification', [Notifications, 'again'])
      .as('notify_again')
      .where('notification', digits)
  })
  .prefix('/webtresore/:vault')
  .as('vaults')
  .where('vault', digits)
  .use(own)

router
  .get('/webtresore/:vault/ereignisse', [Live, 'stream'])
  .as('vaults.live')
  .where('vault', digits)
  .use([middleware.quietAuth(), middleware.viewer()])

router
  .group(() => {
    router.get('/', [Notifications, 'choices']).as('notifications')
    router.post('/', [Notifications, 'chooseMany']).as('notifications_choose')
  })
  .prefix('/profil/benachrichtigungen')
  .as('profile')
  .use(own)
