import router from '@adonisjs/core/services/router'
import server from '@adonisjs/core/services/server'

server.errorHandler(() => import('#exceptions/handler'))

server.use([
  () => import('#middleware/container_bindings_middleware'),
  () => import('@adonisjs/static/static_middleware'),
  () => import('@adonisjs/vite/vite_middleware'),
  () => import('#middleware/locale_middleware'),
])

router.use([
  () => import('#middleware/body_middleware'),
  () => import('#middleware/session_middleware'),
  () => import('#middleware/shield_middleware'),
  () => import('@adonisjs/auth/initialize_auth_middleware'),
])

export const middleware = router.named({
  guest: () => import('#middleware/guest_middleware'),
  auth: () => import('#middleware/auth_middleware'),
  fileAuth: () => import('#middleware/file_auth_middleware'),
  quietAuth: () => import('#middleware/quiet_auth_middleware'),
  confirmed: () => import('#middleware/confirmed_middleware'),
  viewer: () => import('#middleware/viewer_middleware'),
  administrator: () => import('#middleware/administrator_middleware'),
})
