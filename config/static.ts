import { defineConfig } from '@adonisjs/static'

/** The frame of a preview has no origin, so for it even our own scripts are those of another. */
const headers = (path: string) =>
  path.includes('/assets/') ? { 'Access-Control-Allow-Origin': '*' } : {}

export default defineConfig({
  enabled: true,
  etag: true,
  lastModified: true,
  dotFiles: 'ignore',
  headers,
})
