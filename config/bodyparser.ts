import { defineConfig } from '@adonisjs/core/bodyparser'

/** What strangers may send too: fields of one line, and a few of 1,000 characters. */
const bodyparserConfig = defineConfig({
  allowedMethods: ['POST', 'PUT', 'PATCH', 'DELETE'],
  form: {
    limit: '64kb',
    convertEmptyStringsToNull: true,
    trimWhitespaces: true,
    types: ['application/x-www-form-urlencoded'],
  },
  json: {
    limit: '64kb',
    convertEmptyStringsToNull: true,
    trimWhitespaces: true,
    types: ['application/json'],
  },
  raw: { types: [] },
  // The framework's parser keeps headers of any length: such forms are read by app/http/form_parts.ts, and nowhere else.
  multipart: { autoProcess: false, types: ['multipart/form-data'] },
})

export default bodyparserConfig

/** Forms of vaults, which name up to 5,000 entries, or some hundred paths. */
export const vaultForms = {
  ...bodyparserConfig,
  form: { ...bodyparserConfig.form, limit: '256kb', queryString: { parameterLimit: 5100 } },
}
