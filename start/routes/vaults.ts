import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Files = () => import('#controllers/vault_files_controller')
const Vaults = () => import('#controllers/vaults_controller')

/** Numbers that fit every column they are compared with; anything else is no page of ours. */
const digits = /^[1-9]\d{0,8}$/
const own = [middleware.auth(), middleware.viewer()]

router
  .group(() => {
    router.get('/', [Vaults, 'index']).as('index')
    router.post('/', [Vaults, 'store']).as('store')
    router.get('/:vault', [Files, 'show']).as('show')
    router.get('/:vault/ordner/:folder', [Files, 'show']).as('folder')
    router.get('/:vault/dateien/:file/details', [Files, 'details']).as('details')
    router.get('/:vault/dateien/:file/vorschau', [Files, 'look']).as('look')
  })
  .prefix('/webtresore')
  .as('vaults')
  .where('vault', digits)
  .where('folder', digits)
  .where('file', digits)
  .use(own)

/** The same for everybody: it holds nothing. */
router.get('/vorschau', [Files, 'frame']).as('vaults.frame')
