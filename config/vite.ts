import app from '@adonisjs/core/services/app'
import { defineConfig } from '@adonisjs/vite'

/** A compiled application finds its own assets, wherever the process was started. */
export default defineConfig({
  buildDirectory: app.publicPath('assets'),
  manifestFile: app.publicPath('assets/.vite/manifest.json'),
  assetsUrl: '/assets',
})
