import storage from '#config/storage'
import { defineConfig } from '@adonisjs/lucid'
import { mkdirSync } from 'node:fs'
import { databaseConnection } from '#database/connection'

if (!storage.databaseUrl) mkdirSync(storage.dataDir, { recursive: true, mode: 0o700 })

const dbConfig = defineConfig({
  connection: 'main',
  connections: {
    main: databaseConnection(storage.databaseUrl ?? storage.databaseFile),
  },
})

export default dbConfig
