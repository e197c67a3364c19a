import { defineConfig } from '@adonisjs/core/bodyparser'

export default defineConfig({
  allowedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  form: {
    convertEmptyStringsToNull: true,
    trimWhitespaces: true,
    types: ['application/x-www-form-urlencoded'],
  },
  json: { convertEmptyStringsToNull: true, trimWhitespaces: true, types: ['application/json'] },
  // The framework's parser keeps headers of any length: such forms are read by app/http/form_parts.ts, and nowhere else.
  multipart: { autoProcess: false, types: ['multipart/form-data'] },
})
