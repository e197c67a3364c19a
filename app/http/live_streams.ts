import { Refused, TransientError } from '#errors'
import type { HttpContext } from '@adonisjs/core/http'
import type { ContainerBindings } from '@adonisjs/core/types'
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'

type Transmit = ContainerBindings['transmit']
type Stream = ReturnType<Transmit['createStream']>

/** Streams of one person at a time in this process: each open page has one. */
export const PER_PERSON = 20
/** Streams in all: each keeps a connection. */
const IN_ALL = 5000
/** Whether somebody may still listen is asked so often, in milliseconds: sessions and memberships end elsewhere too. */
const ASKED_EVERY = 60_000
/** Changes of a vault within this time are one hint, in milliseconds. */
const GATHERED = 250
/** Entries that a hint names; with more it names none, and the page looks at everything. */
const NAMED = 100
/** Whoever has not read so many bytes is let go. */
const UNREAD = 256 * 1024

interface Open {
  person: number
  vault: number
  response: ServerResponse
  stillMay(): Promise<boolean>
  end(): void
}

interface Listener {
  vault: number
  person: number
  /** He hears of entries only that he put in himself. */
  ownOnly: boolean
  stillMay(): Promise<boolean>
}

/**
 * Server-sent events: hints that something in a vault has changed, without content. Pages look for themselves then, with
 * what they may see.
 *
 * A contributor hears of entries only that he put in himself, so he listens on a channel of his own.
 */
export class LiveStreams {
  readonly #transmit: Transmit
  /** Who put the entries in. */
  readonly #makersOf: (entries: number[]) => Promise<number[]>
  /** Other processes listen too. */
  readonly #isShared: boolean
  readonly #onError: (error: unknown) => void
  readonly #open = new Set<Open>()
  readonly #gathered = new Map<number, Set<number>>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #asking: NodeJS.Timeout
  #closed = false

  constructor(options: {
    transmit: Transmit
    makersOf: (entries: number[]) => Promise<number[]>
    isShared: boolean
    onError: (error: unknown) => void
  }) {
    this.#transmit = options.transmit
    this.#makersOf = options.makersOf
    this.#isShared = options.isShared
    this.#onError = options.onError
    this.#asking = setInterval(() => void this.ask(), ASKED_EVERY).unref()
  }

  /** How many streams are open in this process. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Answers a request with the stream of a vault that the person may enter.
   *
   * @throws Refused `E_STREAMS` when the person has too many · TransientError `E_STREAMS_FULL`
   */
  async open(ctx: HttpContext, who: Listener): Promise<void> {
    const own = [...this.#open].filter(({ person }) => person === who.person)
    if (own.length >= PER_PERSON) {
      throw new Refused('E_STREAMS', `Person ${who.person} has ${own.length} streams open`)
    }
    if (this.#closed || this.#open.size >= IN_ALL) {
      throw new TransientError('E_STREAMS_FULL', 'No more streams are taken')
    }
    const uid = randomUUID()
    const { request, response } = ctx
    const headers = { ...response.response.getHeaders(), ...response.getHeaders() }
    const stream = this.#transmit.createStream({
      uid,
      context: ctx,
      request: request.request,
      response: response.response,
      injectResponseHeaders: headers,
    })
    const channel = who.ownOnly ? ownChannel(who.vault, who.person) : channelOf(who.vault)
    await this.#transmit.subscribe({ uid, channel, context: ctx, skipAuthorization: true })
    this.#keep(stream, response.response, who)
  }

  /** Hints that entries of a vault look different, or with none that the vault itself does. */
  changed(vault: number, entries: number[]): void {
    // Each deposit of the gateway comes by here.
    if (this.#open.size === 0 && !this.#isShared) return
    const known = this.#gathered.get(vault)
    const gathered = known ?? new Set()
    for (const entry of entries) gathered.add(entry)
    if (known) return
    this.#gathered.set(vault, gathered)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#gathered.delete(vault)
      this.#tell(vault, [...gathered]).catch(this.#onError)
    }, GATHERED)
    this.#timers.add(timer.unref())
  }

  /** Ends the streams of those who may listen no longer. */
  async ask(): Promise<void> {
    for (const open of [...this.#open]) {
      try {
        if (!(await open.stillMay())) open.end()
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  /** Ends the streams of a vault whose members are others now. Whoever still may comes back within seconds. */
  end(vault: number): void {
    for (const open of this.#open) if (open.vault === vault) open.end()
  }

  /** Ends all streams and takes no more, so that the process can end. */
  close(): void {
    this.#closed = true
    clearInterval(this.#asking)
    for (const timer of this.#timers) clearTimeout(timer)
    for (const open of this.#open) open.end()
  }

  async #tell(vault: number, entries: number[]): Promise<void> {
    for (const { response } of this.#open) {
      if (response.writableLength > UNREAD) response.destroy()
    }
    const named = entries.length <= NAMED ? entries : []
    this.#transmit.broadcast(channelOf(vault), { changed: true, entries: named })
    const makers = entries.length > 0 ? await this.#makersOf(entries) : []
    for (const maker of makers) {
      this.#transmit.broadcast(ownChannel(vault, maker), { changed: true, entries: [] })
    }
  }

  #keep(stream: Stream, response: ServerResponse, { vault, person, stillMay }: Listener) {
    // Whoever went away is noticed by the close that follows.
    for (const one of [stream, response]) one.on('error', () => {})
    // Pages whose server went away do not all come back at the same moment.
    response.write(`retry: ${2000 + Math.floor(Math.random() * 3000)}\n\n`)
    const end = () => {
      // Nothing may be written to what has ended.
      this.#transmit.getManager().getAllSubscribers().delete(stream)
      stream.end()
    }
    const open = { person, vault, response, stillMay, end }
    this.#open.add(open)
    response.once('close', () => this.#open.delete(open))
  }
}

const channelOf = (vault: number) => `vaults/${vault}`
const ownChannel = (vault: number, person: number) => `vaults/${vault}/own/${person}`
