import { defineConfig } from 'vite'
import adonisjs from '@adonisjs/vite/client'

export default defineConfig({
  plugins: [
    adonisjs({
      entryPoints: [
        'resources/css/app.css',
        'resources/js/app.js',
        'resources/css/preview_frame.css',
        'resources/js/preview/main.js',
      ],
      reload: ['resources/views/**/*.edge'],
    }),
  ],
  // Browsers that know nesting, layers and light-dark(): nothing is rewritten for older ones.
  build: { target: ['chrome125', 'edge125', 'firefox128', 'safari17.5'] },
})
