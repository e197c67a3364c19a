import router from '@adonisjs/core/services/router'

const MonitoringController = () => import('#controllers/monitoring_controller')

router.get('/health/live', [MonitoringController, 'live']).as('health.live')
router.get('/health/ready', [MonitoringController, 'ready']).as('health.ready')
router.get('/metrics', [MonitoringController, 'metrics']).as('metrics')
