import type { RelayLimits } from '../limits.ts'
import { Turns } from '../turns.ts'
import type { PeerConnection } from './peer_connection.ts'

/** Connections to one smarthost: a bounded number of users at once, and connections kept for a while after use. */
export class ConnectionPool {
  readonly #limits: RelayLimits
  readonly #idle: { peer: PeerConnection; timer: NodeJS.Timeout }[] = []
  readonly #turns: Turns

  constructor(limits: RelayLimits) {
    this.#limits = limits
    this.#turns = new Turns(limits.connections)
  }

  /** Runs `work` as soon as fewer than the allowed number run. */
  use<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.take(work)
  }

  /** A connection that was used before, the youngest first; it may have died unseen. */
  reuse(): PeerConnection | null {
    for (let entry = this.#idle.pop(); entry; entry = this.#idle.pop()) {
      clearTimeout(entry.timer)
      if (entry.peer.usable) {
        return entry.peer
      }
    }
    return null
  }

  /** Keeps a connection that is ready for the next message. */
  keep(peer: PeerConnection): void {
    if (!peer.usable || peer.used >= this.#limits.messagesPerConnection) {
      this.#leave(peer)
      return
    }
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((entry) => entry.peer === peer),
        1
      )
      this.#leave(peer)
    }, this.#limits.idle)
    timer.unref()
    this.#idle.push({ peer, timer })
  }

  /** Takes leave of all that are kept, once nobody uses one. */
  async close(): Promise<void> {
    await Promise.all(Array.from({ length: this.#limits.connections }, () => this.#turns.enter()))
    for (let peer = this.reuse(); peer; peer = this.reuse()) {
      this.#leave(peer)
    }
  }

  #leave(peer: PeerConnection) {
    if (peer.usable) {
      peer.quit(this.#limits.quit)
    }
  }
}
