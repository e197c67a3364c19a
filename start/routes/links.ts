import router from '@adonisjs/core/services/router'

const Returns = () => import('#controllers/link_returns_controller')
const Links = () => import('#controllers/links_controller')

/** The pages of recipients. Whatever begins with `/d/` has no session, see app/middleware/session_middleware.ts. */
router.get('/d/:token', [Links, 'show']).as('links.show')
router.post('/d/:token/code', [Links, 'requestCode']).as('links.requestCode')
router.post('/d/:token/bestaetigen', [Links, 'confirm']).as('links.confirm')
router.post('/d/:token/herunterladen', [Links, 'download']).as('links.download')
router.post('/d/:token/anfragen', [Links, 'want']).as('links.want')
router.post('/d/:token/ausweis', [Returns, 'ticket']).as('links.returnTicket')
router.post('/d/:token/zuruecksenden', [Returns, 'store']).as('links.return')
router.get('/d/:token/datei/:ticket', [Links, 'send']).as('links.send')
router
  .get('/d/:token/:action', [Links, 'back'])
  .where('action', /^(code|bestaetigen|herunterladen|anfragen|zuruecksenden)$/)
  .as('links.back')
