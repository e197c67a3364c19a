import app from '@adonisjs/core/services/app'
import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import * as tus from 'tus-js-client'
import { Checking } from '#checking'
import { Vaults, type Access, type VaultFile, type VaultViewer } from '#vault'
import { served } from './served_links.ts'
import { signedIn, type Visitor } from './visitor.ts'

/** Somebody with a vault of his own, in his browser. */
export async function owner(options: { quota?: number | null } = {}) {
  const { visitor, person } = await signedIn({ role: 'staff' })
  const vaults = await app.container.make(Vaults)
  const viewer = viewerOf(person)
  const access = await vaults.create(viewer, { name: 'Mandant Meyer', ...options })
  return { visitor, person, viewer, vaults, access, number: access.vault.number }
}

export function viewerOf(person: { id: number; fullName: string; role: VaultViewer['role'] }) {
  const { id, fullName: name, role } = person
  return { id, name, role, mailboxes: [] } satisfies VaultViewer
}

/** What a page of ours sends with each request of an upload. */
export async function browserHeaders(visitor: Visitor): Promise<Record<string, string>> {
  const token = /name='_csrf' value='([^']+)'/.exec(await visitor.page('/webtresore'))![1]!
  const cookies = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return { 'X-CSRF-TOKEN': token, 'Cookie': cookies, 'Accept-Language': 'de' }
}

export interface TusOptions extends Partial<tus.UploadOptions> {
  vault: number
  folder?: number | null
  name?: string
  conflict?: string
  relativePath?: string
}

/** An upload by tus-js-client, as it comes; not begun. */
export function upload(
  bytes: Buffer,
  headers: Record<string, string>,
  { vault, folder, name, conflict, relativePath, ...options }: TusOptions
) {
  const finished = Promise.withResolvers<void>()
  // Whoever aborts an upload waits for nothing.
  finished.promise.catch(() => {})
  const metadata = {
    filename: name ?? 'Kassenbuch März.xlsx',
    filetype: 'application/vnd.ms-excel',
    vault: String(vault),
    folder: String(folder ?? ''),
    conflict: conflict ?? 'ask',
    relativePath: String(relativePath ?? null),
  }
  const client = new tus.Upload(bytes, {
    endpoint: `${served().url}/hochladen`,
    headers,
    metadata,
    retryDelays: [],
    onSuccess: () => finished.resolve(),
    onError: (error) => finished.reject(error),
    ...options,
  })
  return { client, finished: finished.promise }
}

export async function uploaded(
  bytes: Buffer,
  headers: Record<string, string>,
  options: TusOptions
): Promise<string> {
  const { client, finished } = upload(bytes, headers, options)
  client.start()
  await finished
  return client.url!
}

/** Status and answer with which an upload was refused. */
export async function refusal(
  bytes: Buffer,
  headers: Record<string, string>,
  options: TusOptions
): Promise<{ status: number; code: string; message: string; names?: string[] }> {
  try {
    await uploaded(bytes, headers, options)
  } catch (error) {
    const response = (error as tus.DetailedError).originalResponse
    if (!response) throw error
    const body = response.getBody()
    const said = body.startsWith('{') ? JSON.parse(body) : { code: body.trim() }
    return { status: response.getStatus(), ...said }
  }
  throw new Error('It was taken')
}

/** Files of a folder, looked at by the scanner if there is one. */
export async function checkedFiles(access: Access, folder: number | null = null) {
  const vaults = await app.container.make(Vaults)
  const checking = await app.container.make(Checking)
  const found = await vaults.list(access, folder, { limit: 100 })
  for (const entry of found.entries) if (entry.kind === 'file') await checking.check(entry.blob)
  const { entries } = await vaults.list(access, folder, { limit: 100 })
  return entries.filter((entry): entry is VaultFile => entry.kind === 'file')
}

export async function bytesOf(file: VaultFile): Promise<Buffer> {
  const vaults = await app.container.make(Vaults)
  return buffer(vaults.read(file))
}

export const someBytes = (size: number) => randomBytes(size)
