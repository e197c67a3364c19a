import { Archive } from '#archive'
import { Blobs, DiskDriver, StorageKeys } from '#blobs'
import { appUrl, ledgerName, timeZone } from '#config/app'
import gatewayConfig from '#config/gateway'
import { linkKey } from '#config/links'
import storage from '#config/storage'
import {
  Accounts,
  Devices,
  Directory,
  HouseRules,
  OwnerNotices,
  Passkeys,
  PasswordResets,
  Profile,
  SecondFactors,
  Sessions,
} from '#accounts'
import { Checking } from '#checking'
import uploadsConfig from '#config/uploads'
import { Deliveries } from '#delivery'
import { PermanentError } from '#errors'
import { Gateway } from '#gateway'
import { Invitations } from '#invitations'
import { Ledger, LedgerSigner } from '#ledger'
import { Links } from '#links'
import { Post, PostIdentity } from '#post'
import { createDoorbell, type Doorbell } from '#queue'
import { Scanning } from '#scanning'
import { telemetry } from '#telemetry'
import { endTickets, Uploads } from '#uploads'
import { Vaults, type VaultViewer } from '#vault'
import hash from '@adonisjs/core/services/hash'
import type { ApplicationService } from '@adonisjs/core/types'
import { problemsInWords } from '../app/http/problems.ts'
import { vaultEars } from '#providers/notify_provider'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/**
 * The composition root: the one place that knows which module gets what. Nothing is made before somebody asks for it,
 * and nothing here opens a port or a connection.
 */
export default class AppProvider {
  constructor(protected app: ApplicationService) {}

  register() {
    this.#storage()
    this.#accounts()
    this.#domain()
    this.#uploads()
    this.#gateway()
  }

  #storage() {
    const { container } = this.app
    container.singleton(Blobs, async (make) => {
      const db = await make.make('lucid.db')
      const keys = await loadStorageKeys()
      await keys.assertMatches(db)
      return new Blobs({ db, driver: new DiskDriver(storage.blobsDir), keys })
    })
    container.singleton(Ledger, async (make) => {
      const signer = await LedgerSigner.load(storage.keysDir, ledgerName)
      const ledger = new Ledger({
        db: await make.make('lucid.db'),
        signer,
        checkpoints: storage.checkpointsDir,
        onError: (error) => telemetry.failed({ what: 'publish a checkpoint', error }),
      })
      this.app.terminating(() => ledger.settled())
      return ledger
    })
  }

  /** What keeps people signed in, and others out. */
  #accounts() {
    const { container } = this.app
    container.singleton(Sessions, async (make) => {
      return new Sessions({ db: await make.make('lucid.db'), alsoEnd: endTickets })
    })
    container.singleton(
      OwnerNotices,
      async (make) =>
        new OwnerNotices({
          post: await make.make(Post),
          appUrl,
          timeZone,
          language: gatewayConfig.noticeLanguage,
        })
    )
    container.singleton(SecondFactors, async (make) => {
      const encryption = (await make.make('encryption')).use()
      const purpose = 'one-time password'
      return new SecondFactors({
        db: await make.make('lucid.db'),
        ledger: await make.make(Ledger),
        notices: await make.make(OwnerNotices),
        seal: {
          seal: (text) => encryption.encrypt(text, { purpose }),
          open: (sealed) => encryption.decrypt<string>(sealed, purpose),
        },
      })
    })
    container.singleton(
      Passkeys,
      async (make) =>
        new Passkeys({
          db: await make.make('lucid.db'),
          ledger: await make.make(Ledger),
          notices: await make.make(OwnerNotices),
          factors: await make.make(SecondFactors),
          appUrl,
        })
    )
    container.singleton(
      Devices,
      async (make) =>
        new Devices({ db: await make.make('lucid.db'), notices: await make.make(OwnerNotices) })
    )
    for (const kind of [Profile, PasswordResets] as const) {
      container.singleton(
        kind,
        async (make) =>
          new kind({
            db: await make.make('lucid.db'),
            hash,
            ledger: await make.make(Ledger),
            notices: await make.make(OwnerNotices),
            sessions: await make.make(Sessions),
          })
      )
    }
  }

  #domain() {
    const { container } = this.app
    container.singleton(Post, async (make) => {
      const doorbell = await make.make('webtresor.doorbell')
      return new Post({
        db: await make.make('lucid.db'),
        wake: (id) => void doorbell.ring('post', id),
      })
    })
    container.singleton(
      Deliveries,
      async (make) => new Deliveries({ db: await make.make('lucid.db') })
    )
    container.singleton(
      Accounts,
      async (make) =>
        new Accounts({ db: await make.make('lucid.db'), hash, ledger: await make.make(Ledger) })
    )
    container.singleton(Directory, async (make) => {
      return new Directory({
        db: await make.make('lucid.db'),
        ledger: await make.make(Ledger),
        post: await make.make(Post),
        sessions: await make.make(Sessions),
        locale: gatewayConfig.noticeLanguage,
      })
    })
    container.singleton(HouseRules, async (make) => {
      return new HouseRules({ db: await make.make('lucid.db'), ledger: await make.make(Ledger) })
    })
    container.singleton(Vaults, async (make) => {
      return new Vaults({
        db: await make.make('lucid.db'),
        blobs: await make.make(Blobs),
        ledger: await make.make(Ledger),
        rules: await make.make(HouseRules),
        maxEntries: uploadsConfig.maxEntries,
        ...vaultEars(this.app),
      })
    })
    container.singleton(Invitations, async (make) => {
      return new Invitations({
        db: await make.make('lucid.db'),
        accounts: await make.make(Accounts),
        directory: await make.make(Directory),
        vaults: await make.make(Vaults),
        ledger: await make.make(Ledger),
        post: await make.make(Post),
        places: { appUrl, timeZone },
        locale: gatewayConfig.noticeLanguage,
      })
    })
    container.singleton(
      Scanning,
      async (make) =>
        new Scanning({
          db: await make.make('lucid.db'),
          blobs: await make.make(Blobs),
          url: gatewayConfig.clamdUrl,
          maxMessageSize: gatewayConfig.maxMessageSize,
        })
    )
    container.singleton(Archive, async (make) => {
      return new Archive({
        db: await make.make('lucid.db'),
        blobs: await make.make(Blobs),
        ledger: await make.make(Ledger),
        deliveries: await make.make(Deliveries),
      })
    })
    container.singleton(Links, async (make) => {
      const accounts = await make.make(Accounts)
      return new Links({
        db: await make.make('lucid.db'),
        blobs: await make.make(Blobs),
        ledger: await make.make(Ledger),
        post: await make.make(Post),
        linkKey,
        appUrl,
        expiryDays: gatewayConfig.linkExpiryDays,
        confirmation: gatewayConfig.linkConfirmation,
        locale: gatewayConfig.noticeLanguage,
        mailLeaves: gatewayConfig.relayUrl !== undefined,
        ownsMailbox: (userId, address) => accounts.ownsMailbox(userId, address),
      })
    })
  }

  #uploads() {
    const { container } = this.app
    container.singleton(Checking, async (make) => {
      return new Checking({
        db: await make.make('lucid.db'),
        blobs: await make.make(Blobs),
        vaults: await make.make(Vaults),
        scanning: await make.make(Scanning),
        doorbell: await make.make('webtresor.doorbell'),
      })
    })
    container.singleton(Uploads, async (make) => {
      const accounts = await make.make(Accounts)
      const checking = await make.make(Checking)
      const links = await make.make(Links)
      return new Uploads({
        db: await make.make('lucid.db'),
        blobs: await make.make(Blobs),
        vaults: await make.make(Vaults),
        maxSize: uploadsConfig.maxSize,
        viewerOf: (userId) => viewerOf(accounts, userId),
        takesBack: (link) => links.takesBack(link),
        wake: (blob) => checking.ring(blob),
      })
    })
  }

  #gateway() {
    const { container } = this.app
    container.singleton('webtresor.doorbell', async () => {
      const doorbell = await createDoorbell({
        url: storage.queueUrl,
        onError: (error) => telemetry.failed({ what: 'reach the queue', error }),
      })
      // Commands ring too, and have no gateway that would let go of the queue's connections.
      this.app.terminating(() => doorbell.close())
      return doorbell
    })
    container.singleton(Gateway, async (make) => {
      const accounts = await make.make(Accounts)
      const i18n = await make.make('i18n')
      const { noticeLanguage } = gatewayConfig
      return new Gateway({
        ...gatewayConfig,
        hostname: hostname(),
        domains: () => accounts.domains(),
        identity: PostIdentity.of(linkKey),
        problemsInWords: (problems) => problemsInWords(problems, i18n.locale(noticeLanguage)),
        log: await make.make('logger'),
        archive: await make.make(Archive),
        blobs: await make.make(Blobs),
        blobsFolder: storage.blobsDir,
        deliveries: await make.make(Deliveries),
        doorbell: await make.make('webtresor.doorbell'),
        links: await make.make(Links),
        post: await make.make(Post),
        scanning: await make.make(Scanning),
        vaults: await make.make(Vaults),
      })
    })
  }
}

/** Somebody with an account as #vault knows him, when no request tells who he is. */
async function viewerOf(accounts: Accounts, userId: number): Promise<VaultViewer | null> {
  const account = await accounts.active(userId)
  if (!account) return null
  const now = new Date()
  const mailboxes = await accounts.mailboxesOf(userId)
  const own = mailboxes.filter(
    ({ fromAt, untilAt }) => fromAt <= now && (untilAt === null || now < untilAt)
  )
  const { id, fullName: name, role } = account
  return { id, name, role, mailboxes: own.map(({ address }) => address) }
}

async function loadStorageKeys(): Promise<StorageKeys> {
  const { keysDir, recoveryKeyFile } = storage
  if (!recoveryKeyFile) return StorageKeys.load(keysDir)
  const recoveryPublicKey = await readFile(recoveryKeyFile, 'utf8')
  return StorageKeys.load(keysDir, { recoveryPublicKey }).catch((error: unknown) => {
    if (!(error instanceof PermanentError) || error.code !== 'E_RECOVERY_KEY') throw error
    throw new PermanentError(error.code, `RECOVERY_KEY=${recoveryKeyFile}: ${error.message}`)
  })
}

declare module '@adonisjs/core/types' {
  interface ContainerBindings {
    'webtresor.doorbell': Doorbell
  }
}
