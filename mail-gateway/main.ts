/**
 * The mail gateway: takes mail in over SMTP, and works on what was taken in.
 *
 * The listener promises nothing that the archive has not made durable. What follows is work on archived messages: a
 * ring per message wakes a worker, and a sweep at the start and each minute rings for whatever is due, which is how
 * a crash, a lost ring or a flushed queue are made up for. There is no second copy and no repair code.
 *
 * Listener and worker start separately, since they may be separate processes.
 *
 * It refuses to decide who may sign in, who may see what and how long anything is kept: it knows the doors, and
 * neither pages nor accounts.
 */
import type { BlockList } from 'node:net'
import type { Answer, Archive, Decision, Message, Outcome } from '#archive'
import type { Blobs } from '#blobs'
import type { Deliveries } from '#delivery'
import type { Links } from '#links'
import type { Post, PostIdentity } from '#post'
import type { Doorbell, Handler } from '#queue'
import type { Scanning } from '#scanning'
import { telemetry } from '#telemetry'
import type { Vaults } from '#vault'
import { SecondOpinions } from './opinions/second_opinions.ts'
import { Pipeline } from './pipeline.ts'
import { isForPrograms, tellSender } from './pipeline/letters.ts'
import type { Courier } from './relay/courier.ts'
import { Outbox } from './relay/outbox.ts'
import { ThreadedCourier } from './relay/threaded_courier.ts'
import type { Policy } from './rewrite/plan.ts'
import type { ListenerLog } from './smtp/server.ts'
import { ThreadedListener } from './smtp/threaded_listener.ts'

export interface GatewayOptions {
  archive: Archive
  blobs: Blobs
  /** Where the disk driver of `blobs` has them. */
  blobsFolder: string
  deliveries: Deliveries
  doorbell: Doorbell
  links: Links
  post: Post
  scanning: Scanning
  vaults: Vaults
  identity: PostIdentity
  log: ListenerLog
  /** The firm's mail domains, in ASCII. */
  domains: () => Promise<string[]>
  /** Our name in greetings and trace fields. */
  hostname: string
  host: string
  outPort: number
  /** Bytes. */
  maxMessageSize: number
  trustedNetworks: BlockList
  relayUrl: string | undefined
  mailFrom: string | undefined
  noticeLanguage: 'de' | 'en'
  /** Says what was found in a mail, and is stored for programs, in that language. */
  problemsInWords?: (problems: string) => string
  keepTypes: readonly string[]
  /** Bytes, decoded. */
  minReplaceSize: number
  internalKeepsAttachments: boolean
}

/** Rings in one sweep at most: the next one comes soon. */
const SWEEP_SIZE = 500
/** How long stop() lets messages under way come to an end, in milliseconds. */
const GRACE = 20_000
/** Blobs that no row names are removed when older than this, in milliseconds: longer than any mail takes. */
const ORPHAN_AGE = 24 * 60 * 60 * 1000

/** Where recipients' requests came from is forgotten after this, in milliseconds. */
const KEEP_ADDRESSES = 90 * 24 * 60 * 60 * 1000

export class Gateway {
  #options: GatewayOptions
  #courier: Courier | undefined
  #listener: ThreadedListener
  #outbox: Outbox
  #opinions = new SecondOpinions()
  #pipeline: Pipeline
  #listening = false
  #stopped: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#courier = options.relayUrl
      ? new ThreadedCourier({ url: options.relayUrl, hostname: options.hostname })
      : undefined
    this.#listener = new ThreadedListener({
      host: options.host,
      port: options.outPort,
      hostname: options.hostname,
      maxMessageSize: options.maxMessageSize,
      trustedNetworks: options.trustedNetworks,
      hasDomain: async () => (await options.domains()).length > 0,
      blobs: options.blobsFolder,
      identityKey: options.identity.key,
      log: options.log,
      accept: async ({ sealed, beginning, envelope }) => {
        const bytes = Buffer.from(beginning.buffer)
        const accepted = await options.archive.enter(sealed, bytes, envelope)
        void options.doorbell.ring('process', String(accepted.number))
        return accepted
      },
    })
    this.#outbox = new Outbox({
      post: options.post,
      identity: options.identity,
      courier: this.#courier,
      from: () => this.#from(),
    })
    this.#pipeline = new Pipeline({
      ...options,
      courier: this.#courier,
      opinions: this.#opinions,
      language: options.noticeLanguage,
      policy: () => this.#policy(),
    })
  }

  /** Port of the outgoing listener, once it stands. */
  get outPort(): number {
    return this.#listener.port
  }

  /** Opens the listener. */
  async listen(): Promise<void> {
    await this.#listener.start()
    this.#listening = true
  }

  /** What a worker does with archived messages and with mails of our own, by the name of the job. */
  get jobs(): Record<string, Handler> {
    return {
      process: (id) => this.#pipeline.process(id),
      post: (id) => this.#outbox.send(id),
    }
  }

  /**
   * Decides about a held message, tells its sender when it comes back to him, and wakes a worker for the rest.
   *
   * @returns `requested` when a second person has to confirm first
   * @throws NotFound no such message · Refused when it is not held, or the verb does not fit why it is held
   */
  async decide(number: number, decision: Decision): Promise<Outcome> {
    const { archive, doorbell, noticeLanguage, post } = this.#options
    const localDomains = await this.#options.domains()
    const outcome = await archive.decide(number, decision, async (trx, message) => {
      if (decision.verb !== 'return') return
      await tellSender(post, trx, {
        kind: 'returned',
        message,
        language: noticeLanguage,
        explanation: decision.why?.trim() || this.#found(message),
        localDomains,
      })
    })
    await doorbell.ring('process', String(number))
    return outcome
  }

  /** Why a message was held, in words. */
  #found({ reason, explanation }: Message): string {
    if (!explanation) return reason ?? ''
    const inWords = isForPrograms(reason) ? this.#options.problemsInWords : undefined
    return inWords?.(explanation) ?? explanation
  }

  /** Confirms or refuses what another person asked for, and wakes a worker. @throws as Archive.answer does */
  async answer(number: number, answer: Answer): Promise<void> {
    await this.#options.archive.answer(number, answer)
    await this.#options.doorbell.ring('process', String(number))
  }

  /** Lets what is under way end, within limits, and closes. A second call waits for the first. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    // What still comes in waits for the next start.
    this.#options.doorbell.rest()
    if (this.#listening) await this.#listener.stop(GRACE)
    await this.#options.doorbell.close()
    await this.#courier?.close()
    this.#opinions.close()
  }

  /** Rings for what is due, and tidies up after links and blobs. */
  async sweep(): Promise<void> {
    const { archive, doorbell, blobs, links, post, vaults } = this.#options
    for (const number of await archive.due(SWEEP_SIZE)) {
      await doorbell.ring('process', String(number))
    }
    if (this.#courier) {
      for (const id of await post.due(SWEEP_SIZE)) await doorbell.ring('post', id)
    }
    await links.remind()
    await links.forgetAddresses(new Date(Date.now() - KEEP_ADDRESSES))
    const swept = await blobs.sweep(new Date(Date.now() - ORPHAN_AGE))
    if (swept > 0) telemetry.swept({ blobs: swept })
    await links.retire(vaults)
    await vaults.sweep()
  }

  async #policy(): Promise<Policy> {
    const { keepTypes, minReplaceSize, internalKeepsAttachments } = this.#options
    return {
      localDomains: await this.#options.domains(),
      minimumSize: minReplaceSize,
      keepTypes,
      internalKeep: internalKeepsAttachments,
    }
  }

  async #from(): Promise<string | undefined> {
    const [domain] = await this.#options.domains()
    return this.#options.mailFrom ?? (domain && `webtresor@${domain}`)
  }
}
