import router from '@adonisjs/core/services/router'
import './routes/accounts.ts'
import './routes/links.ts'
import './routes/mail.ts'

router.get('/health/live', ({ response }) => response.json({ status: 'live' })).as('health.live')
