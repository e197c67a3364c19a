import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { freePort } from '../servers/child.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

/** What `npm start` runs; the suite builds it anew where sources changed. A start from the build takes half the time. */
const BUILT = 'build'

/** A busy machine starts the product in 10 s; one that takes a minute has a fault. In milliseconds. */
const READY_WITHIN = 60_000
/** SIGTERM leaves running work 30 s; what still stands then is cut by SIGKILL. In milliseconds. */
const ENDS_WITHIN = 45_000
const COMMAND_WITHIN = 60_000

/** Processes of an installation that runs as several, and what each says once it serves. */
const kinds = {
  web: { args: [`${BUILT}/bin/server.js`], says: 'Web listens on' },
  gateway: { args: [`${BUILT}/ace.js`, 'gateway:serve'], says: 'Gateway listens on' },
  worker: { args: [`${BUILT}/ace.js`, 'worker:run', '--concurrency=4'], says: 'Worker runs' },
}
export type Kind = keyof typeof kinds

export interface Ending {
  /** Exit code, or null when a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  /** All of stdout and stderr. */
  output: string
}

/** The product as one running process. */
export interface Webtresor {
  readonly pid: number
  /** What it wrote to stdout and stderr so far. */
  output(): string
  /** Resolves when the process has ended, however it ended. */
  readonly ended: Promise<Ending>
  /** Asks it to end by SIGTERM, and waits; SIGKILL where that does not help. */
  stop(): Promise<Ending>
  /** Pulls the plug. */
  kill(): Promise<Ending>
}

/** One DATA_DIR with its configuration: servers are started on it, and commands run beside them. */
export class Installation {
  readonly dataDir: string
  readonly webPort: number
  readonly smtpPort: number
  readonly #settings: NodeJS.ProcessEnv
  readonly #servers = new Set<Webtresor>()

  private constructor(
    place: { dataDir: string; webPort: number; smtpPort: number },
    settings: Record<string, string>
  ) {
    this.dataDir = place.dataDir
    this.webPort = place.webPort
    this.smtpPort = place.smtpPort
    this.#settings = {
      ...bareEnvironment(),
      DATA_DIR: this.dataDir,
      // Where .env files are looked for: a developer's own must not reach the tests.
      ENV_PATH: this.dataDir,
      HOST: '127.0.0.1',
      PORT: String(this.webPort),
      SMTP_OUT_PORT: String(this.smtpPort),
      LOCAL_DOMAINS: 'firm.example',
      LINK_CONFIRMATION: 'none',
      CLAMD_URL: 'off',
      LOG_LEVEL: 'warn',
      ...settings,
    }
  }

  /** @param settings variables that win over the defaults of the tests */
  static async create(settings: Record<string, string> = {}): Promise<Installation> {
    const dataDir = settings.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'webtresor-e2e-')))
    return new Installation(
      { dataDir, webPort: await freePort(), smtpPort: await freePort() },
      settings
    )
  }

  /** Base of every link. */
  get url(): string {
    return `http://127.0.0.1:${this.webPort}`
  }

  /** Starts the product and waits until it serves. @throws Error with its output when it ends instead */
  async start(settings: Record<string, string> = {}): Promise<Webtresor> {
    const server = this.launch(settings)
    await ready(server)
    return server
  }

  /** Starts the product and does not wait. */
  launch(settings: Record<string, string> = {}): Webtresor {
    return this.#run([`${BUILT}/bin/webtresor.js`], settings)
  }

  #run(args: string[], settings: Record<string, string>): Webtresor {
    const server = run(args, { ...this.#settings, ...settings })
    this.#servers.add(server)
    void server.ended.then(() => this.#servers.delete(server))
    return server
  }

  /**
   * Starts one of several processes, and waits until it says that it serves.
   *
   * @throws Error with its output when it ends instead
   */
  async startOne(kind: Kind, settings: Record<string, string> = {}): Promise<Webtresor> {
    const one = this.launchOne(kind, settings)
    await ready(one, kinds[kind].says)
    return one
  }

  /** Starts one of several processes and does not wait. */
  launchOne(kind: Kind, settings: Record<string, string> = {}): Webtresor {
    return this.#run(kinds[kind].args, settings)
  }

  /** Starts the product where it is to refuse; fails when it does not end by itself. */
  async refusal(settings: Record<string, string> = {}): Promise<Ending> {
    return endsByItself(this.launch(settings))
  }

  /** `node ace …` with the same configuration, run to its end. */
  async ace(...args: string[]): Promise<Ending> {
    return endsByItself(run([`${BUILT}/ace.js`, ...args], this.#settings))
  }

  /** Reads the database, beside a server that runs. */
  rows<Row>(sql: string): Row[] {
    const database = new Sqlite(join(this.dataDir, 'webtresor.sqlite3'), { readonly: true })
    try {
      return database.prepare(sql).all() as Row[]
    } finally {
      database.close()
    }
  }

  /** Ends all that runs, and removes the data. */
  async remove(): Promise<void> {
    await Promise.all([...this.#servers].map((server) => server.kill()))
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

/** Resolves once the product says that it runs: its listeners stand by then. */
async function ready(server: Webtresor, says = 'Webtresor runs.'): Promise<void> {
  const deadline = Date.now() + READY_WITHIN
  let ending: Ending | undefined
  void server.ended.then((result) => (ending = result))
  while (!server.output().includes(says)) {
    if (Date.now() > deadline) ending = await server.kill()
    if (ending) throw new Error(`Webtresor did not start:\n${ending.output}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function endsByItself(process: Webtresor): Promise<Ending> {
  const timer = setTimeout(() => void process.kill(), COMMAND_WITHIN)
  const ending = await process.ended
  clearTimeout(timer)
  if (ending.signal) throw new Error(`It did not end by itself:\n${ending.output}`)
  return ending
}

/** The environment without the variables that configure Webtresor. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return { PATH, HOME, TMPDIR, LANG, NODE_ENV: 'production' }
}

function run(args: string[], env: NodeJS.ProcessEnv): Webtresor {
  const chunks: string[] = []
  const child = spawn(process.execPath, args, {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  }
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const output = () => chunks.join('')
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', endWithUs)
      resolve({ code, signal, output: output() })
    })
  })
  return {
    pid: child.pid!,
    output,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN)
      const ending = await ended
      clearTimeout(timer)
      return ending
    },
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}
