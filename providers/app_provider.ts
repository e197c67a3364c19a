import { Archive } from '#archive'
import { Blobs, DiskDriver, StorageKeys } from '#blobs'
import { appUrl } from '#config/app'
import gatewayConfig from '#config/gateway'
import { linkKey } from '#config/links'
import storage from '#config/storage'
import { Deliveries } from '#delivery'
import { Ledger, LedgerSigner } from '#ledger'
import { Links } from '#links'
import { Post } from '#post'
import { createDoorbell, type Doorbell } from '#queue'
import { telemetry } from '#telemetry'
import { Vaults } from '#vault'
import type { ApplicationService } from '@adonisjs/core/types'
import { readFile } from 'node:fs/promises'

/**
 * The composition root: the one place that knows which module gets what. Nothing is made before somebody asks for it,
 * and nothing here opens a port or a connection.
 */
export default class AppProvider {
  constructor(protected app: ApplicationService) {}

  register() {
    this.#storage()
    this.#domain()
    this.#gateway()
  }

  #storage() {
    const { container } = this.app
    container.singleton(Blobs, async (make) => {
      const db = await make.make('lucid.db')
      const recoveryPublicKey = storage.recoveryKeyFile
        ? await readFile(storage.recoveryKeyFile, 'utf8')
        : undefined
      const keys = await StorageKeys.load(storage.keysDir, { recoveryPublicKey })
      await keys.assertMatches(db)
      return new Blobs({ db, driver: new DiskDriver(storage.blobsDir), keys })
    })
    container.singleton(Ledger, async (make) => {
      const signer = await LedgerSigner.load(storage.keysDir, `${new URL(appUrl).hostname}/ledger`)
      return new Ledger({
        db: await make.make('lucid.db'),
        signer,
        checkpoints: storage.checkpointsDir,
        onError: (error) => telemetry.failed({ what: 'publish a checkpoint', error }),
      })
    })
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
      Vaults,
      async (make) => new Vaults({ db: await make.make('lucid.db'), blobs: await make.make(Blobs) })
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
      return new Links({
        db: await make.make('lucid.db'),
        blobs: await make.make(Blobs),
        ledger: await make.make(Ledger),
        post: await make.make(Post),
        linkKey,
        appUrl,
        expiryDays: gatewayConfig.linkExpiryDays,
        confirmation: gatewayConfig.linkConfirmation,
        mailLeaves: gatewayConfig.relayUrl !== undefined,
        ownsMailbox: async () => false,
      })
    })
  }

  #gateway() {
    const { container } = this.app
    container.singleton('webtresor.doorbell', () =>
      createDoorbell({
        url: storage.queueUrl,
        onError: (error) => telemetry.failed({ what: 'reach the queue', error }),
      })
    )
  }
}

declare module '@adonisjs/core/types' {
  interface ContainerBindings {
    'webtresor.doorbell': Doorbell
  }
}
