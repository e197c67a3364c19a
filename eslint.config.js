import { configApp } from '@adonisjs/eslint-config'

/**
 * Who may import whom (docs/architecture.md): the doors stand in an order, and a module sees only lower ones.
 * Deep imports into a module fail in Node already, since package.json exports exact subpaths.
 */
const doors = [
  ['backup', 'blobs', 'ledger', 'letter', 'queue', 'post', 'scanning', 'zip'],
  ['accounts'],
  ['vault'],
  ['checking', 'uploads'],
  ['links', 'delivery', 'invitations', 'notifications'],
  ['archive'],
]

const forbid = (regex, message) => ({ regex, message })

const noDeepImport = forbid(
  '(^|/)app/(accounts|archive|backup|blobs|checking|delivery|invitations|ledger|letter|links|notifications|post|queue|scanning|uploads|vault|zip)/',
  'A module is entered by its door, such as #archive.'
)

function moduleRules() {
  return doors.flatMap((level, height) => {
    const higher = doors
      .slice(height + 1)
      .flat()
      .join('|')
    return level.map((name) => ({
      files: [`app/${name}/**/*.ts`],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              forbid(
                '^@adonisjs/core/services/',
                'Domain modules take what they need as constructor arguments.'
              ),
              forbid('^@adonisjs/core/http', 'Domain modules do not know HTTP.'),
              forbid(
                '^#(gateway|controllers|middleware|start|config|generated)',
                'Domain modules do not know who calls them.'
              ),
              forbid('mail-gateway', 'The gateway imports the modules, not the other way round.'),
              forbid(
                `^\\.\\./(?!\\.)(${doors.flat().join('|')})/`,
                'A module is entered by its door.'
              ),
              ...(higher
                ? [forbid(`^#(${higher})$`, 'A door sees only lower doors (docs/architecture.md).')]
                : []),
              ...libraries(`app/${name}`),
            ],
          },
        ],
      },
    }))
  })
}

/**
 * One library, one home. Two parsers have a second one in mail-gateway/opinions: where a mail is odd, what they read in it
 * is compared with what we read.
 */
const homes = {
  'smtp-server': 'mail-gateway/smtp',
  'nodemailer': 'mail-gateway/relay',
  'imapflow': 'mail-gateway/import',
  'mailparser': 'app/archive',
  'postal-mime': 'mail-gateway/opinions',
  'bullmq': 'app/queue',
  'ioredis': 'app/queue',
  'openpgp': 'app/blobs',
  'csv-stringify': 'app/http',
  '@tus/server': 'app/uploads',
  '@cantoo/pdf-lib': 'mail-gateway/contents',
  '@zxcvbn-ts/language-common': 'app/accounts',
  'otpauth': 'app/accounts',
  'qrcode': 'app/accounts',
  '@simplewebauthn/server': 'app/accounts',
  'bowser': 'app/accounts',
}

function libraries(folder) {
  return Object.entries(homes)
    .filter(([, home]) => !folder.startsWith(home))
    .map(([library, home]) => forbid(`^${library}(/|$)`, `${library} lives in ${home} only.`))
}

/** Each folder of the gateway may use the libraries that live in it. */
function gatewayRules() {
  const folders = Object.values(homes).filter((home) => home.startsWith('mail-gateway/'))
  return ['mail-gateway', ...new Set(folders)].map((folder) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            noDeepImport,
            forbid(
              '^#(controllers|middleware|models|start|config|generated|policies|validators)',
              'The gateway talks to the doors.'
            ),
            forbid('^@adonisjs/core/(http|services)', 'The gateway does not know the web app.'),
            ...libraries(folder),
          ],
        },
      ],
    },
  }))
}

export default [
  {
    ignores: [
      '.adonisjs/**',
      'build/**',
      'public/**',
      'database/schema.ts',
      'data/**',
      'tests/fixtures/**',
    ],
  },
  ...configApp(),
  // `(await x).y` says what it does; a variable of its own says no more.
  { rules: { '@unicorn/no-await-expression-member': 'off' } },
  {
    files: [
      'app/{controllers,middleware,policies,exceptions,models,validators}/**/*.ts',
      'start/**/*.ts',
      'commands/**/*.ts',
      'providers/**/*.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [noDeepImport, ...libraries('app/controllers')] },
      ],
    },
  },
  ...moduleRules(),
  {
    files: ['app/http/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [noDeepImport, ...libraries('app/http')] }],
    },
  },
  ...gatewayRules(),
  {
    files: ['mail-gateway/opinions/*_reader.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [noDeepImport] }] },
  },
]
