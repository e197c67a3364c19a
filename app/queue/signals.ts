/**
 * Short messages between the processes of one installation, best effort: what is said while the queue is out of reach is lost. The
 * methods are those that @adonisjs/transmit wants of a transport.
 */
export interface Signals {
  setId(id: string): this
  publish(channel: string, what: unknown): Promise<void>
  subscribe(channel: string, hear: Hear): Promise<void>
  unsubscribe(channel: string): Promise<void>
  onReconnect(): void
  disconnect(): Promise<void>
}

export type Hear = (what: never) => unknown

/** Whoever sends does not hear himself. @param text JSON of `{from, what}` */
export function hearWith(hear: Hear | undefined, text: string, own: string): void {
  const { from, what } = JSON.parse(text) as { from: string; what: unknown }
  if (hear && from !== own) hear(what as never)
}
