import { fork, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const MIB = 1024 * 1024
/** How often the memory of a process at work is looked at, in milliseconds. */
const WATCH_EVERY = 100
/** Statistics of memory count in these, on all that Node runs on under Linux. */
const PAGE = 4096

const isSource = extname(import.meta.url) === '.ts'
const programs = join(import.meta.dirname, '..', sep)
const libraries = fileURLToPath(import.meta.resolve('mailparser'))
const PERMISSIONS = [
  '--permission',
  `--allow-fs-read=${programs}`,
  `--allow-fs-read=${libraries.slice(0, libraries.lastIndexOf('node_modules'))}node_modules${sep}`,
  // What reads TypeScript needs these.
  ...(isSource ? ['--allow-worker', '--allow-addons'] : []),
]

export interface ReadingLimits {
  /** Memory of JavaScript objects, in MiB. */
  heap: number
  /** Memory of the process in all, in MiB; seen on Linux only. */
  memory: number
  /** For one question, in milliseconds. */
  time: number
  /** How long the process is kept without a question, in milliseconds. */
  idle: number
}

export type Outcome<Answer> = { answer: Answer } | 'crashed' | 'timed_out'

/**
 * A process in which other people's code reads hostile input, one question at a time: whatever that does costs this process its
 * memory or its time, and us nothing. A thread would not do: where V8 finds no memory within the limit of a thread, it at times
 * ends the process that the thread belongs to. It begins with the first question and ends when none has come for a while. It gets
 * none of our environment, and so no secret, and may read our programs and no other file, write none and start nothing.
 */
export class ReadingProcess<Question extends object, Answer> {
  readonly #module: URL
  readonly #limits: ReadingLimits
  #child: ChildProcess | null = null
  #idle: NodeJS.Timeout | undefined

  /** @param module without its ending, beside `base`: calls `answerQuestions` */
  constructor(module: string, base: string, limits: ReadingLimits) {
    // The source runs as it stands, the build as what it was compiled to.
    this.#module = new URL(`${module}${extname(base)}`, base)
    this.#limits = limits
  }

  /** What it answers; `crashed` and `timed_out` where it does not, and then the next question begins a new process. */
  async ask(question: Question): Promise<Outcome<Answer>> {
    clearTimeout(this.#idle)
    const child = (this.#child ??= this.#begin())
    hold(child)
    const { promise, resolve } = Promise.withResolvers<Outcome<Answer>>()
    const answered = (answer: unknown) => resolve({ answer: answer as Answer })
    const crashed = () => resolve('crashed')
    let isOver = false
    // What is heard late is about this process, and not about the next one.
    const giveUp = (outcome: 'crashed' | 'timed_out') => {
      if (isOver) return
      resolve(outcome)
      this.close()
    }
    const deadline = setTimeout(() => giveUp('timed_out'), this.#limits.time)
    const watch = setInterval(() => {
      void residentMemory(child.pid).then((memory) => {
        if (memory > this.#limits.memory * MIB) giveUp('crashed')
      })
    }, WATCH_EVERY)
    child.once('message', answered).once('exit', crashed)
    child.send(question, (error) => {
      if (error) giveUp('crashed')
    })
    const outcome = await promise
    isOver = true
    clearTimeout(deadline)
    clearInterval(watch)
    child.off('message', answered).off('exit', crashed)
    letGo(child)
    this.#idle = setTimeout(() => this.close(), this.#limits.idle).unref()
    return outcome
  }

  /** Ends the process; a question under way is answered as one that crashed. */
  close(): void {
    clearTimeout(this.#idle)
    const child = this.#child
    this.#child = null
    child?.kill('SIGKILL')
  }

  #begin(): ChildProcess {
    const child = fork(fileURLToPath(this.#module), {
      execArgv: [...process.execArgv, ...PERMISSIONS, `--max-old-space-size=${this.#limits.heap}`],
      env: {},
      serialization: 'advanced',
      // Nothing that a parser prints belongs into our log.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const gone = () => {
      if (this.#child === child) this.#child = null
      process.off('exit', end)
    }
    const end = () => child.kill('SIGKILL')
    process.once('exit', end)
    child.once('exit', gone).on('error', gone)
    return child
  }
}

/** Answers the questions of a ReadingProcess; ends with the process that asks. */
export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer>
): void {
  process.on('disconnect', () => process.exit())
  process.on('message', (question) => {
    void answer(question as Question).then((found) => process.send?.(found))
  })
}

/** A process waits for a child at work, and not for one without. */
function hold(child: ChildProcess): void {
  child.ref()
  child.channel?.ref()
}

function letGo(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
}

/** Bytes; 0 where nobody tells. */
async function residentMemory(pid: number | undefined): Promise<number> {
  const statistics = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return Number(statistics.split(' ')[1] ?? 0) * PAGE
}
