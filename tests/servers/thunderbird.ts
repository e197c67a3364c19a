import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { freePort, startChild, temporaryFolder, type Child } from './child.ts'

/** How long one step in Thunderbird may take, in milliseconds. */
const STEP_WITHIN = 30_000

export interface Draft {
  to: string
  subject: string
  html: string
  /** Paths of files. */
  attachments: string[]
}

export interface Reading {
  /** What stands in the message pane. */
  text: string
  /** Addresses that a click leads to. */
  links: string[]
  /** File names in the attachment pane. */
  attachments: string[]
  /** PNG of the window. */
  picture: Buffer
}

/** A real Thunderbird without a screen, driven through Marionette, whose outgoing server is a port of the loopback. */
export class Thunderbird {
  readonly #child: Child
  readonly #marionette: Marionette
  readonly #remove: () => Promise<void>

  private constructor(child: Child, marionette: Marionette, remove: () => Promise<void>) {
    this.#child = child
    this.#marionette = marionette
    this.#remove = remove
  }

  static async start(account: {
    smtpPort: number
    address: string
    name: string
  }): Promise<Thunderbird> {
    const { folder, remove } = await temporaryFolder('thunderbird')
    const port = await freePort()
    const lines = Object.entries({ ...preferences, ...accountPreferences(account) })
      .concat([['marionette.port', port]])
      .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    await writeFile(join(folder, 'user.js'), lines)
    let marionette: Marionette | undefined
    const child = await startChild(
      'thunderbird',
      [
        ...['--headless', '--marionette', '--remote-allow-system-access', '--no-remote'],
        ...['--profile', folder],
      ],
      {
        env: { HOME: folder, MOZ_HEADLESS_WIDTH: '1100', MOZ_HEADLESS_HEIGHT: '800' },
        ready: async () => {
          marionette = await Marionette.connect(port)
          return true
        },
      }
    )
    await marionette!.command('WebDriver:NewSession', {
      capabilities: { alwaysMatch: { timeouts: { script: STEP_WITHIN } } },
    })
    await marionette!.command('Marionette:SetContext', { value: 'chrome' })
    return new Thunderbird(child, marionette!, remove)
  }

  /** Writes a mail in the compose window and sends it; resolves once Thunderbird has closed the window. */
  async send(draft: Draft): Promise<void> {
    await this.#marionette.run(COMPOSE, draft)
  }

  /** Opens a mail from a file, in the way the reader has set. */
  async read(file: string, as: 'html' | 'plain'): Promise<Reading> {
    const seen = (await this.#marionette.run(READ, file, as)) as Omit<Reading, 'picture'> & {
      picture: string
    }
    return { ...seen, picture: Buffer.from(seen.picture, 'base64') }
  }

  async stop(): Promise<void> {
    this.#marionette.close()
    await this.#child.stop()
    await this.#remove()
  }
}

/** Nothing asks, nothing calls home. */
const preferences: Record<string, string | number | boolean> = {
  'app.update.enabled': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'mail.openMessageBehavior': 0,
  'mail.provider.suppress_dialog_on_startup': true,
  'mail.rights.version': 1,
  'mail.shell.checkDefaultClient': false,
  'mail.spotlight.firstRunDone': true,
  'mailnews.start_page.enabled': false,
  'network.proxy.type': 0,
}

function accountPreferences({
  smtpPort,
  address,
  name,
}: {
  smtpPort: number
  address: string
  name: string
}): Record<string, string | number | boolean> {
  return {
    'mail.accountmanager.accounts': 'account1',
    'mail.accountmanager.localfoldersserver': 'server1',
    'mail.account.account1.server': 'server1',
    'mail.account.account1.identities': 'id1',
    'mail.server.server1.type': 'none',
    'mail.server.server1.hostname': 'Local Folders',
    'mail.server.server1.name': 'Local Folders',
    'mail.server.server1.userName': 'nobody',
    'mail.identity.id1.useremail': address,
    'mail.identity.id1.fullName': name,
    'mail.identity.id1.smtpServer': 'smtp1',
    'mail.identity.id1.fcc': false,
    'mail.identity.id1.valid': true,
    'mail.smtpservers': 'smtp1',
    'mail.smtpserver.smtp1.hostname': '127.0.0.1',
    'mail.smtpserver.smtp1.port': smtpPort,
    'mail.smtpserver.smtp1.authMethod': 1,
    'mail.smtpserver.smtp1.try_ssl': 0,
  }
}

/** What both scripts need; they run inside Thunderbird, with its privileges. */
const WITHIN = `
  const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs')
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const until = async (what, look) => {
    for (let tries = 0; tries < 250; tries++) {
      const found = await look()
      if (found) return found
      await pause(100)
    }
    throw new Error('Thunderbird: ' + what)
  }
  const file = (path) => {
    const at = Cc['@mozilla.org/file/local;1'].createInstance(Ci.nsIFile)
    at.initWithPath(path)
    return at
  }
`

const COMPOSE = `${WITHIN}
  const [draft] = args
  const fields = Cc['@mozilla.org/messengercompose/composefields;1'].createInstance(Ci.nsIMsgCompFields)
  Object.assign(fields, { to: draft.to, subject: draft.subject, body: draft.html })
  for (const path of draft.attachments) {
    const attachment = Cc['@mozilla.org/messengercompose/attachment;1'].createInstance(Ci.nsIMsgAttachment)
    const at = file(path)
    Object.assign(attachment, { url: Services.io.newFileURI(at).spec, name: at.leafName, size: at.fileSize })
    fields.addAttachment(attachment)
  }
  const params = Cc['@mozilla.org/messengercompose/composeparams;1'].createInstance(Ci.nsIMsgComposeParams)
  params.composeFields = fields
  params.type = Ci.nsIMsgCompType.New
  params.format = Ci.nsIMsgCompFormat.HTML
  params.identity = MailServices.accounts.getIdentity('id1')
  let ready = false
  const opened = (window) => window.addEventListener('compose-editor-ready', () => (ready = true), { once: true })
  Services.ww.registerNotification({ observe: (window, topic) => topic === 'domwindowopened' && opened(window) })
  MailServices.compose.OpenComposeWindowWithParams(null, params)
  await until('the compose window does not open', () => ready)
  const window = Services.wm.getMostRecentWindow('msgcompose')
  await until('attachments are not taken', () => window.gAttachmentBucket.itemCount === draft.attachments.length)
  window.SendMessage()
  await until('the mail is not sent', () => window.closed)
`

const READ = `${WITHIN}
  const [path, as] = args
  Services.prefs.setBoolPref('mailnews.display.prefer_plaintext', as === 'plain')
  Services.prefs.setIntPref('mailnews.display.html_as', as === 'plain' ? 1 : 0)
  const { MailUtils } = ChromeUtils.importESModule('resource:///modules/MailUtils.sys.mjs')
  const before = new Set(Services.wm.getEnumerator('mail:messageWindow'))
  const at = file(path)
  const main = await until('it has no window', () => Services.wm.getMostRecentWindow('mail:3pane'))
  MailUtils.openEMLFile(main, at, Services.io.newFileURI(at))
  const window = await until('the mail does not open', () =>
    [...Services.wm.getEnumerator('mail:messageWindow')].find((one) => !before.has(one)))
  const pane = await until('the mail is not shown', () => {
    const about = window.document.getElementById('messageBrowser')?.contentWindow
    return about?.msgLoaded && about
  })
  const shown = pane.getMessagePaneBrowser().contentDocument
  await until('the mail is empty', () => shown.body?.innerText.trim())
  const snapshot = await window.browsingContext.currentWindowGlobal.drawSnapshot(null, 1, 'white')
  const canvas = window.document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas')
  Object.assign(canvas, { width: snapshot.width, height: snapshot.height })
  canvas.getContext('2d').drawImage(snapshot, 0, 0)
  return {
    picture: canvas.toDataURL('image/png').split(',')[1],
    text: shown.body.innerText,
    links: [...shown.querySelectorAll('a[href]')].map((link) => link.href),
    attachments: pane.currentAttachments.map((one) => one.name),
  }
`

/** The Marionette protocol, version 3: `length:[type, id, command or error, parameters or result]`. */
class Marionette {
  readonly #socket: Socket
  readonly #waiting = new Map<number, [(value: unknown) => void, (error: Error) => void]>()
  #received = Buffer.alloc(0)
  #last = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('close', () => {
      for (const [, fail] of this.#waiting.values()) fail(new Error('Thunderbird has ended'))
    })
  }

  static async connect(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new Marionette(socket)
  }

  command(name: string, parameters: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.#last
    const message = JSON.stringify([0, id, name, parameters])
    this.#socket.write(`${Buffer.byteLength(message)}:${message}`)
    return new Promise((resolve, reject) => this.#waiting.set(id, [resolve, reject]))
  }

  /** Runs a script in Thunderbird itself; `args` holds what it is given. */
  async run(script: string, ...args: unknown[]): Promise<unknown> {
    const { value } = (await this.command('WebDriver:ExecuteAsyncScript', {
      script: `const done = arguments[arguments.length - 1];
        (async (...args) => { ${script} })(...arguments)
          .then((value) => done({ value }), (error) => done({ error: String(error) + error.stack }))`,
      args,
      newSandbox: true,
      sandbox: 'system',
    })) as { value: { value?: unknown; error?: string } }
    if (value.error) throw new Error(value.error)
    return value.value
  }

  close() {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer) {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      const colon = this.#received.indexOf(':')
      const end = colon + 1 + Number(this.#received.subarray(0, Math.max(colon, 0)))
      if (colon < 0 || this.#received.length < end) return
      const message: unknown = JSON.parse(this.#received.toString('utf8', colon + 1, end))
      this.#received = this.#received.subarray(end)
      if (!Array.isArray(message)) continue
      const [, id, error, result] = message as [1, number, { message: string } | null, unknown]
      const [resolve, reject] = this.#waiting.get(id) ?? []
      this.#waiting.delete(id)
      if (error) reject?.(new Error(error.message))
      else resolve?.(result)
    }
  }
}
