import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Uploads = () => import('#controllers/uploads_controller')
const Tickets = () => import('#controllers/upload_tickets_controller')

/** For tus clients, who are recognised by the controller: by their session, or by a ticket. */
router.route('/hochladen', ['POST', 'OPTIONS'], [Uploads, 'handle']).as('uploads.create')
router
  .route('/hochladen/:upload', ['HEAD', 'PATCH', 'DELETE', 'OPTIONS'], [Uploads, 'handle'])
  .where('upload', /^[A-Za-z0-9_-]{1,64}$/)
  .as('uploads.one')

router
  .post('/webtresore/:vault/hochladen/ausweis', [Tickets, 'store'])
  .where('vault', /^[1-9]\d{0,8}$/)
  .as('uploads.ticket')
  .use([middleware.auth(), middleware.viewer()])
