import router from '@adonisjs/core/services/router'

router.get('/health/live', ({ response }) => response.json({ status: 'live' })).as('health.live')
