import router from '@adonisjs/core/services/router'
import { middleware } from '#start/kernel'

const Confirmation = () => import('#controllers/confirmation_controller')
const OneTimePassword = () => import('#controllers/one_time_password_controller')
const OwnSessions = () => import('#controllers/own_sessions_controller')
const Passkeys = () => import('#controllers/passkeys_controller')
const Profile = () => import('#controllers/profile_controller')
const Security = () => import('#controllers/security_controller')

/** A person's own account. */
router
  .group(() => {
    router.get('/', [Profile, 'show']).as('show')
    router.post('/', [Profile, 'update']).as('update')
    router.get('/sicherheit', [Security, 'show']).as('security')
    router.post('/passwort', [Security, 'password']).as('password')

    router.get('/bestaetigen', [Confirmation, 'show']).as('confirm')
    router.post('/bestaetigen', [Confirmation, 'store']).as('confirm_store')
    router
      .get('/bestaetigen/passkey', [Confirmation, 'passkeyOptions'])
      .as('confirm_passkey_options')
    router.post('/bestaetigen/passkey', [Confirmation, 'passkey']).as('confirm_passkey')

    router.get('/sitzungen', [OwnSessions, 'index']).as('sessions')
    router.post('/sitzungen/beenden', [OwnSessions, 'destroyOthers']).as('sessions_end')
    router.post('/sitzungen/:key/beenden', [OwnSessions, 'destroy']).as('session_end')

    router
      .group(() => {
        router.get('/einmalpasswort', [OneTimePassword, 'create']).as('one_time_password')
        router.post('/einmalpasswort', [OneTimePassword, 'store']).as('one_time_password_store')
        router
          .post('/einmalpasswort/entfernen', [OneTimePassword, 'destroy'])
          .as('one_time_password_remove')
        router.post('/wiederherstellungscodes', [OneTimePassword, 'renewCodes']).as('codes')
        router.get('/passkey', [Passkeys, 'create']).as('passkey')
        router.post('/passkey', [Passkeys, 'store']).as('passkey_store')
        router.get('/passkey/optionen', [Passkeys, 'options']).as('passkey_options')
        router.post('/passkey/:passkey/umbenennen', [Passkeys, 'rename']).as('passkey_rename')
        router.post('/passkey/:passkey/entfernen', [Passkeys, 'destroy']).as('passkey_remove')
      })
      .use(middleware.confirmed())
  })
  .prefix('/profil')
  .as('profile')
  .where('passkey', /^[1-9]\d{0,8}$/)
  .where('key', /^[0-9a-f]+$/)
  .use(middleware.auth())
