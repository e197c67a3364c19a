import type {
  BackendFactory,
  ConnectionOptions,
  IQueueBackend,
  Queue,
  QueueOptions,
  Worker,
} from 'bullmq'

/** All jobs of all names. */
export const QUEUE = 'doorbell'

export interface JobData {
  id: string
}

/** BullMQ's classes, wherever they keep their jobs. */
export type BullQueue = Queue<JobData, void, string, JobData, void, string, IQueueBackend>
export type Factory = BackendFactory<IQueueBackend, ConnectionOptions>
export type BullWorker = Worker<JobData, void, string, IQueueBackend>

/** Where BullMQ keeps its jobs, and the little that its public interface does not tell about them. */
export interface BullBackend {
  readonly driver: 'redis' | 'postgres'
  /** For Queue and Worker alike. */
  readonly options: QueueOptions
  readonly factory: Factory
  /** Makes what BullMQ needs before its first word; may be asked again after it failed. */
  prepare(): Promise<void>
  /** Whether a question is worth asking now. */
  isUp(): Promise<boolean>
  /** Delay in milliseconds of the ring that is kept until the running job of this key ends. */
  keptDelay(key: string): Promise<number | undefined>
  /** When a delayed job comes, in milliseconds since the epoch; nothing where it is not delayed. */
  dueAt(jobId: string): Promise<number | undefined>
  /** Drops all connections at once, whatever they wait for. */
  letGo(): void
}
