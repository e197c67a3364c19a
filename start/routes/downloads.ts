import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Downloads = () => import('#controllers/downloads_controller')

const digits = /^[1-9]\d{0,8}$/

/** What leaves a vault. */
router
  .group(() => {
    router.get('/dateien/:file', [Downloads, 'file']).as('download')
    router.get('/dateien/:file/versionen/:version', [Downloads, 'version']).as('version')
    router.route('/herunterladen', ['GET', 'HEAD', 'POST'], [Downloads, 'zip']).as('zip')
    router.post('/pruefen', [Downloads, 'recheck']).as('recheck')
    router.post('/ausgeben', [Downloads, 'release']).as('release')
  })
  .prefix('/webtresore/:vault')
  .as('vaults')
  .where('vault', digits)
  .where('file', digits)
  .where('version', digits)
  .use([middleware.fileAuth(), middleware.auth(), middleware.viewer()])
