import storage from '#config/storage'
import { defineConfig } from '@adonisjs/lucid'
import { databaseConnection } from '#database/connection'

const dbConfig = defineConfig({
  connection: 'main',
  connections: {
    main: databaseConnection(storage.databaseUrl ?? storage.databaseFile),
  },
})

export default dbConfig
