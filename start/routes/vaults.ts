import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Changes = () => import('#controllers/vault_changes_controller')
const Files = () => import('#controllers/vault_files_controller')
const Settings = () => import('#controllers/vault_settings_controller')
const Trash = () => import('#controllers/vault_trash_controller')
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
    router
      .post('/:vault/dateien/:file/versionen/:version', [Changes, 'restoreVersion'])
      .as('restore_version')
    router
      .post('/:vault/dateien/:file/versionen/:version/loeschen', [Changes, 'removeVersion'])
      .as('remove_version')
    router.post('/:vault/rueckgaengig', [Changes, 'undo']).as('undo')
    router.get('/:vault/baum', [Files, 'tree']).as('tree')
    router.post('/:vault/ordner', [Changes, 'makeFolder']).as('make_folder')
    router.post('/:vault/ordner/anlegen', [Changes, 'makeFolders']).as('make_folders')
    router.post('/:vault/umbenennen', [Changes, 'rename']).as('rename')
    router.post('/:vault/kopieren', [Changes, 'copy']).as('copy')
    router.post('/:vault/verschieben', [Changes, 'move']).as('move')
    router.post('/:vault/sperren', [Changes, 'lock']).as('lock')
    router.post('/:vault/freigeben', [Changes, 'unlock']).as('unlock')
    router.post('/:vault/loeschen', [Changes, 'remove']).as('remove')
    router.get('/:vault/papierkorb', [Trash, 'show']).as('trash')
    router.post('/:vault/papierkorb', [Changes, 'purge']).as('purge')
    router.post('/:vault/wiederherstellen', [Changes, 'restore']).as('restore')
    router.get('/:vault/einstellungen', [Settings, 'show']).as('settings')
    router.post('/:vault/einstellungen/name', [Settings, 'rename']).as('rename_vault')
    router.post('/:vault/einstellungen/archiv', [Settings, 'archive']).as('archive')
    router.post('/:vault/einstellungen/loeschen', [Settings, 'destroy']).as('destroy')
    router.post('/:vault/einstellungen/zurueckholen', [Settings, 'bringBack']).as('bring_back')
  })
  .prefix('/webtresore')
  .as('vaults')
  .where('vault', digits)
  .where('folder', digits)
  .where('file', digits)
  .where('version', digits)
  .use(own)

/** The same for everybody: it holds nothing. */
router.get('/vorschau', [Files, 'frame']).as('vaults.frame')
