/**
 * The ledger: the tamper-evident log of everything that must be provable.
 *
 * Each event becomes a leaf of one Merkle tree (RFC 6962), in the same transaction as what it is about, so that neither
 * is there without the other. Each commit signs the tree's head as a checkpoint; after the commit the checkpoint, or one
 * that extends it, is published to a folder beside the database. A leaf holds no personal data, only a salted hash of the event's
 * detail; details can be erased, and the tree stays whole. Formats: docs/archive-format.md.
 *
 * Invariants:
 * - indexes start at 0 and have no gaps: they are given under the lock on the head row, and a rolled-back
 *   transaction takes them back;
 * - entries and nodes never change; the tables refuse it (database/append_only.ts);
 * - the head row always holds size, edge and a checkpoint with a valid signature over them;
 * - everything signed lies on one line: of two checkpoints the later extends the earlier.
 *
 * What it refuses to do: build on a head that this ledger's key did not sign; sign after the database was set back to an
 * earlier state than the published one, because that would be a second history; hand out a proof that does not
 * lead to the checkpoint it stands over.
 *
 * `verify()` believes nothing: it recomputes all from the entries. It is the feature, the health check, and the
 * assertion in tests.
 */
import type { Database } from '@adonisjs/lucid/database'
import { IntegrityError, NotFound } from '#errors'
import { insert, update } from '#prepared'
import { transaction, type Trx } from '#transaction'
import { random32 } from '../randomness.ts'
import { turn } from '../turn.ts'
import { canonicalJson, type Json } from './canonical_json.ts'
import type { Checkpoint } from './checkpoint.ts'
import { CheckpointFolder } from './checkpoint_folder.ts'
import { detailHash, encodeLeaf, type EventType, type LedgerEvent } from './leaf.ts'
import {
  consistency,
  EMPTY_ROOT,
  inclusion,
  leafHash,
  rootOf,
  type Edge,
  type TreeNode,
} from './merkle_tree.ts'
import { formatProof } from './proof_file.ts'
import {
  decodeEdge,
  encodeEdge,
  headRow,
  lockedHead,
  rangeRoots,
  rootAt,
  type DetailRow,
  type EntryRow,
  type HeadRow,
} from './rows.ts'
import type { LedgerSigner } from './signer.ts'
import { verifyLedger, type LedgerReport } from './verification.ts'

export { LedgerSigner } from './signer.ts'
export { canonicalJson, type Json } from './canonical_json.ts'
export type { EventType, LedgerEvent } from './leaf.ts'
export type { LedgerReport, LedgerProblem } from './verification.ts'

export interface LedgerEntry {
  index: number
  type: EventType
  number: number | null
  at: Date
  original: string | null
  /** null when it was erased. */
  detail: Record<string, Json> | null
}

export interface LedgerOptions {
  db: Database
  signer: LedgerSigner
  /** Folder where checkpoints are published. */
  checkpoints: string
  now?: () => Date
  /** Hears of failed publications, which fail nothing else. */
  onError?: (error: unknown) => void
}

export class Ledger {
  /** The public key, one line; what `ledger.vkey` holds. */
  readonly vkey: string
  readonly #db: Database
  readonly #signer: LedgerSigner
  readonly #folder: CheckpointFolder
  readonly #now: () => Date
  readonly #onError: (error: unknown) => void
  #comparedWithPublished = false
  /** The head as this process signed it last. */
  #trusted: HeadRow | undefined

  constructor({ db, signer, checkpoints, now, onError }: LedgerOptions) {
    this.#db = db
    this.#signer = signer
    this.vkey = signer.vkey
    this.#now = now ?? (() => new Date())
    this.#onError = onError ?? (() => undefined)
    this.#folder = new CheckpointFolder(checkpoints, {
      now: this.#now,
      sizeOf: (note) => this.#sizeOf(note),
    })
  }

  /**
   * Appends events in order, as the last statement of the caller's transaction. When that commits, they are in the
   * ledger, and its new checkpoint is published before `transaction()` returns.
   *
   * @param options.meanwhile `transaction()` returns before the checkpoint is published, which may take a tenth of a second
   * @throws IntegrityError `E_LEDGER_KEY` the head is signed by another key, `E_LEDGER_HEAD` it is damaged,
   *   `E_LEDGER_ROLLED_BACK` the database is older than what was published, `E_LEDGER_CHECKPOINT` what was
   *   published is not this ledger's
   */
  async append(
    trx: Trx,
    events: LedgerEvent[],
    options: { meanwhile?: boolean } = {}
  ): Promise<{ index: number }[]> {
    if (events.length === 0) return []
    const edge = this.#open(await lockedHead(trx))
    await this.#comparePublished(trx, edge.size)

    const entries: EntryRow[] = []
    const nodes: TreeNode[] = []
    const details: ({ entry: number } & DetailRow)[] = []
    for (const { type, number, original, detail, at = this.#now() } of events) {
      const others = turn(trx)
      if (others) await others
      const index = edge.size
      const salt = Buffer.from(random32().buffer)
      const text = canonicalJson(detail)
      const commitment = detailHash(salt, text)
      const leaf = encodeLeaf({ type, number, at, original, detail: commitment })
      const hash = leafHash(leaf)
      nodes.push(...edge.push(hash))
      entries.push({
        index,
        type,
        number,
        at: at.getTime(),
        original,
        detail_hash: commitment,
        leaf,
        hash,
      })
      details.push({ entry: index, salt: salt.toString('hex'), detail: text })
    }
    await insert(trx, 'ledger_entries', entries)
    await insert(trx, 'details', details)
    await insert(trx, 'ledger_nodes', nodes)

    const { size } = edge
    const checkpoint = this.#signer.sign(size, edge.root())
    const head: HeadRow = { size, edge: encodeEdge(edge), checkpoint }
    await update(trx, 'ledger_head', head, 'id = 1', [])
    this.#trusted = head
    trx.after('commit', async () => {
      const publication = this.#folder
        .publish(size, checkpoint, { patiently: options.meanwhile })
        .catch(this.#onError)
      if (!options.meanwhile) await publication
    })
    return entries.map(({ index }) => ({ index }))
  }

  /**
   * Publishes the checkpoint that the database holds. For whoever starts: a process that was killed between its commit and
   * the publication left it to the next one. As any publication, it fails nothing else.
   */
  async catchUp(): Promise<void> {
    try {
      const { size, checkpoint } = await transaction(this.#db, async (trx) => {
        const head = await lockedHead(trx)
        this.#open(head)
        await this.#comparePublished(trx, head.size)
        return head
      })
      if (checkpoint === null || checkpoint === this.#folder.latest()?.note) return
      await this.#folder.publish(size, checkpoint)
    } catch (error) {
      this.#onError(error)
    }
  }

  /** Resolves when no checkpoint of what was committed so far is still being published. */
  settled(): Promise<void> {
    return this.#folder.settled
  }

  /** The signed checkpoint of the whole ledger. */
  async checkpoint(): Promise<string> {
    const { checkpoint } = await headRow(this.#db)
    return checkpoint ?? this.#signer.sign(0, EMPTY_ROOT)
  }

  /**
   * Proof that entry `index` is in the ledger, as C2SP tlog-proof.
   *
   * @param checkpoint what it leads to, the newest when left out; an export makes all its proofs against one
   * @throws NotFound `E_NO_ENTRY` when the checkpoint does not cover `index`
   * @throws IntegrityError when what is stored does not lead to the checkpoint
   */
  async prove(index: number, checkpoint?: string): Promise<string> {
    const note = checkpoint ?? (await this.checkpoint())
    const { size, root } = this.#signer.open(note)
    const row: EntryRow | null =
      index < size ? await this.#db.from('ledger_entries').where({ index }).first() : null
    if (!row) throw new NotFound('E_NO_ENTRY', `The ledger has no entry ${index} below ${size}`)

    const proof = await rangeRoots(this.#db, inclusion(index, size))
    if (!rootOf(index, size, leafHash(row.leaf), proof).equals(root)) {
      throw new IntegrityError(
        'E_LEDGER_PROOF',
        `Entry ${index} does not lead to the checkpoint of size ${size}; run archive:verify`
      )
    }
    return formatProof(row.leaf, index, proof, note)
  }

  /**
   * Hashes that prove that the tree of size `to` extends that of size `from` (RFC 6962, section 2.1.2).
   *
   * @throws NotFound `E_NO_TREE` unless 0 < from <= to <= size of the ledger
   */
  async consistency(from: number, to: number): Promise<Buffer[]> {
    const { size } = await headRow(this.#db)
    if (!(from > 0 && from <= to && to <= size)) {
      throw new NotFound('E_NO_TREE', `The ledger of size ${size} has no trees ${from} and ${to}`)
    }
    return rangeRoots(this.#db, consistency(from, to))
  }

  /** Entries in order, found by message, type and index; `after` is the last index seen. */
  async entries(query: {
    number?: number
    type?: EventType
    after?: number
    limit: number
  }): Promise<LedgerEntry[]> {
    const rows: (EntryRow & DetailRow & { type: EventType })[] = await this.#db
      .from('ledger_entries')
      .leftJoin('details', 'details.entry', 'ledger_entries.index')
      .select('index', 'type', 'number', 'at', 'original', 'detail')
      .if(query.number !== undefined, (rest) => rest.where('number', query.number!))
      .if(query.type !== undefined, (rest) => rest.where('type', query.type!))
      .if(query.after !== undefined, (rest) => rest.where('index', '>', query.after!))
      .orderBy('index')
      .limit(query.limit)
    return rows.map(({ index, type, number, at, original, detail }) => ({
      index,
      type,
      number,
      at: new Date(at),
      original,
      detail: detail === null ? null : JSON.parse(detail),
    }))
  }

  /**
   * Reads every entry, recomputes everything, and names what is wrong. May run beside a writing server.
   *
   * @param options.since a checkpoint kept outside (signed note), which the ledger must extend
   */
  async verify(options: { since?: string } = {}): Promise<LedgerReport> {
    await this.settled()
    return verifyLedger({
      db: this.#db,
      signer: this.#signer,
      folder: this.#folder,
      since: options.since,
    })
  }

  /** The edge of a head that this ledger signed. What stands there as it was left needs no second look at its signature. */
  #open(head: HeadRow): Edge {
    const edge = decodeEdge(head)
    if (isSame(head, this.#trusted)) return edge
    if (head.checkpoint === null && head.size === 0) return edge
    try {
      const { size, root } = this.#signer.open(head.checkpoint ?? '')
      if (size === edge.size && root.equals(edge.root())) return edge
    } catch (cause) {
      if (!(cause instanceof IntegrityError)) throw cause
      if (cause.code === 'E_OTHER_KEY') {
        throw new IntegrityError(
          'E_LEDGER_KEY',
          `The ledger in the database was begun with another key; put its ledger.key back. ${cause.message}`,
          { cause }
        )
      }
    }
    throw new IntegrityError(
      'E_LEDGER_HEAD',
      'The head of the ledger is not the one that was signed; run archive:verify'
    )
  }

  /** Compares the database with the published checkpoint: once per process, and when it shrank since. */
  async #comparePublished(trx: Trx, size: number): Promise<void> {
    if (this.#comparedWithPublished && size >= this.#folder.published) return
    const published = this.#published()
    if (published) {
      const { path, checkpoint } = published
      const root = checkpoint.size <= size ? await rootAt(trx, checkpoint.size) : undefined
      if (!root?.equals(checkpoint.root)) {
        throw new IntegrityError(
          'E_LEDGER_ROLLED_BACK',
          `The database (${size} ledger entries) does not extend the checkpoint of ${checkpoint.size} entries in ` +
            `${path}: it was set back or replaced. Restore the newer one; to go on with this one, move the folder ` +
            `of checkpoints away first`
        )
      }
    }
    this.#comparedWithPublished = true
  }

  #sizeOf(note: string): number {
    try {
      return this.#signer.open(note).size
    } catch (error) {
      if (error instanceof IntegrityError) return 0
      throw error
    }
  }

  #published(): { path: string; checkpoint: Checkpoint } | undefined {
    let published
    try {
      published = this.#folder.latest()
    } catch (error) {
      this.#onError(error)
      return undefined
    }
    if (!published) return undefined
    const { path, note } = published
    try {
      return { path, checkpoint: this.#signer.open(note) }
    } catch (cause) {
      if (!(cause instanceof IntegrityError)) throw cause
      throw new IntegrityError('E_LEDGER_CHECKPOINT', `${path}: ${cause.message}`, { cause })
    }
  }
}

function isSame(head: HeadRow, other: HeadRow | undefined): boolean {
  return (
    head.size === other?.size && head.edge === other.edge && head.checkpoint === other.checkpoint
  )
}
