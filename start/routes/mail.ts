import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Admin = () => import('#controllers/admin_controller')
const Archive = () => import('#controllers/archive_controller')
const Contents = () => import('#controllers/contents_controller')
const Decisions = () => import('#controllers/decisions_controller')
const Originals = () => import('#controllers/originals_controller')

/** Numbers that fit every column they are compared with; anything else is no page of ours. */
const digits = /^[1-9]\d{0,8}$/
const own = [middleware.auth(), middleware.viewer()]

/** A person's own mail. */
router
  .group(() => {
    router.get('/', [Archive, 'index']).as('index')
    router
      .group(() => {
        router.get('/', [Archive, 'show']).as('show')
        router.get('/kopfzeilen', [Originals, 'headers']).as('headers')
        router.get('/quelltext', [Originals, 'source']).as('source')
        router.get('/html', [Originals, 'html']).as('html')
        router.get('/original', [Originals, 'original']).as('original')
        router.get('/beweis', [Originals, 'proof']).as('proof')
        router.get('/zustellung/:delivery', [Originals, 'delivered']).as('delivered')
        router.get('/zustellung/:delivery/original', [Originals, 'form']).as('form')
        router.post('/links/:link/widerrufen', [Archive, 'revoke']).as('revoke')
        router.post('/links/:link/senden', [Archive, 'sendLink']).as('sendLink')
        router.post('/anfragen/:asker', [Archive, 'answer']).as('answer')
        router.post('/links/:link/verlaengern', [Archive, 'extend']).as('extend')
      })
      .prefix('/:number')
  })
  .prefix('/archiv')
  .as('archive')
  .where('number', digits)
  .where('delivery', digits)
  .use(own)

/** The installation, for administrators. */
router
  .group(() => {
    router.get('/', [Admin, 'index']).as('index')
    router.get('/mails/:number', [Admin, 'message']).as('message')
    router.post('/mails/:number/inhalt', [Contents, 'show']).as('content')
    router.post('/mails/:number/entscheidung', [Decisions, 'one']).as('decide')
    router.post('/mails/:number/antwort', [Decisions, 'answer']).as('answer')
    router.post('/entscheidungen', [Decisions, 'many']).as('decide_many')
    router.post('/vier-augen', [Decisions, 'rule']).as('four_eyes')
    router.post('/zustellungen/:delivery/jetzt', [Admin, 'retry']).as('retry')
  })
  .prefix('/verwaltung')
  .as('admin')
  .where('number', digits)
  .where('delivery', digits)
  .use(own)
