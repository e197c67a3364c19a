import env from '#start/env'
import { defineConfig, targets } from '@adonisjs/core/logger'
import { loggedError } from '../app/logged_error.ts'

const loggerConfig = defineConfig({
  default: 'app',
  loggers: {
    app: {
      enabled: true,
      name: 'webtresor',
      level: env.get('LOG_LEVEL') ?? (env.get('NODE_ENV') === 'test' ? 'fatal' : 'info'),
      transport: { targets: [targets.file({ destination: 1 })] },
      serializers: { err: (error: unknown) => loggedError(error) },
      // A link's token opens it: no path below /d/ is ever written down.
      redact: { paths: ['password', '*.password', 'code', 'token'], censor: '[redacted]' },
    },
  },
})

export default loggerConfig

declare module '@adonisjs/core/types' {
  export interface LoggersList extends InferLoggers<typeof loggerConfig> {}
}
