import { BlockList } from 'node:net'
import type { Envelope } from '#archive'
import { OutgoingListener, type ListenerOptions } from '../mail-gateway/smtp/server.ts'

export interface Collected {
  content: Buffer
  envelope: Envelope
}

/** A real listener on a free port that keeps what it accepted, what accept() failed with and what it logged. */
export interface CollectingListener {
  listener: OutgoingListener
  port: number
  accepted: Collected[]
  failures: unknown[]
  logged: { reference?: string; reply?: string; err?: unknown }[]
  stop: (grace?: number) => Promise<void>
}

export async function collectingListener(
  options: Partial<ListenerOptions> = {}
): Promise<CollectingListener> {
  const accepted: Collected[] = []
  const failures: unknown[] = []
  const logged: CollectingListener['logged'] = []
  const log = (fields: object) => void logged.push(fields)

  const listener = new OutgoingListener({
    host: '127.0.0.1',
    port: 0,
    hostname: 'gateway.test',
    maxMessageSize: 1024 * 1024,
    trustedNetworks: networks('127.0.0.0/8'),
    hasDomain: () => true,
    isOurs: () => false,
    log: { info: log, warn: log, error: log },
    accept: async (source, envelope) => {
      const chunks: Buffer[] = []
      try {
        for await (const chunk of source) {
          chunks.push(chunk)
        }
      } catch (error) {
        failures.push(error)
        throw error
      }
      accepted.push({ content: Buffer.concat(chunks), envelope })
      return { number: accepted.length }
    },
    ...options,
  })
  await listener.start()
  return {
    listener,
    port: listener.port,
    accepted,
    failures,
    logged,
    stop: (grace = 0) => listener.stop(grace),
  }
}

/** The networks `10.0.0.0/8`, `fd00::/8` as TRUSTED_NETWORKS has them. */
export function networks(...entries: string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    list.addSubnet(address, Number(prefix), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
