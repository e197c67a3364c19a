/** The files of a vault: brings list, choice, commands, dialogs, dragging and live states together. */
import * as clipboard from './clipboard.js'
import { bringing } from './bringing.js'
import { available, refusalOf } from './commands.js'
import { carry } from './carrying.js'
import * as dialogs from './dialogs.js'
import { isLost, isStuck, keepFocus } from './focus.js'
import { takeInHand } from './hands.js'
import { Listing } from './listing.js'
import { listen } from './live.js'
import { Selection } from './selection.js'
import { assertThere, post } from './server.js'
import { transfer } from './transfer.js'
import { say, size } from './words.js'

/** Component of `#files`. Its data attributes: base (address), vault, can (JSON), events. */
export function files() {
  let root
  let list
  let selection
  let hand
  let incoming

  return {
    chosen: [],
    can: {},
    /** What may be done now, by command. */
    may: {},
    /** What the dialog that is open is about. */
    dialog: { names: '', count: 0, name: '', broken: '' },

    init() {
      root = this.$root
      this.can = JSON.parse(root.dataset.can)
      selection = new Selection(root, (chosen) => {
        this.choose(chosen)
        // The tool that was pressed may be of no use for what is chosen now.
        this.$nextTick(() => isStuck() && this.goHome())
      })
      list = new Listing(document.getElementById('region'), (rows) => selection.adopt(rows))
      selection.adopt()
      clipboard.onChange(() => {
        this.weigh()
        this.showCut()
      })
      hand = takeInHand(root, this, { selection, list })
      incoming = bringing(root, this, list)
      root.addEventListener('submit', (event) => this.submitted(event))
      addEventListener('popstate', () => this.visit(location.href, { push: false }))
      carry(root, {
        selection,
        can: () => this.can,
        drop: (entries, folder, copies) =>
          this.carryOut({ entries, target: this.folderHere(folder), isMove: !copies }),
        upload: incoming.bring,
        zip: (entries) => this.zip(entries),
        hint: (text) => this.$store.toasts.add(text, { kind: 'info' }),
      })
      keepFocus(() => this.goHome())
      listen(root.dataset.events, {
        refresh: (ids) => list.refresh(ids),
        catchUp: () => list.catchUp(),
        pending: () => list.pending,
      })
      root.dataset.ready = 'yes'
    },

    /** Frozen, Alpine does not watch each of perhaps ten thousand; and what may be done with them is told once. */
    choose(chosen) {
      this.chosen = Object.freeze(chosen)
      this.weigh()
    },

    /** Says anew what may be done: the choice, the folder or the clipboard changed. */
    weigh() {
      const facts = document.getElementById('region').dataset
      const held = clipboard.taken()
      const place = { isTop: !facts.folder, clipboard: held !== null }
      this.may = available(this.chosen, this.can, place)
    },

    get summary() {
      const { length } = this.chosen
      if (length === 0) return ''
      const bytes = this.chosen.reduce((sum, entry) => sum + entry.bytes, 0)
      const words = say('chosen', { count: length })
      return bytes > 0 ? `${words} · ${size(bytes)}` : words
    },

    may_not(command) {
      return !this.may[command]
    },

    escape() {
      if (clipboard.taken()?.cut) {
        clipboard.clear()
        this.showCut()
      } else {
        selection.all(false)
      }
    },

    /** @param tool the element that was pressed, if any */
    run(command, tool) {
      const refusal = refusalOf(command, this.chosen)
      if (refusal) return this.failed({ message: refusal })
      const { facts } = list
      const deeds = {
        upload: () => root.querySelector('#upload-files').click(),
        upload_folder: () => incoming.pickFolder(),
        download: () => this.download(),
        top: () => this.visit(facts.top),
        up: () => this.visit(facts.up),
        copy_move: () => this.$dispatch('choose-target', { entries: this.chosen }),
        new_folder: () => this.openDialog('dialog-folder'),
        rename: () => this.openDialog('dialog-rename'),
        remove: () => this.openDialog('dialog-remove'),
        lock: () => this.openDialog('dialog-lock'),
        unlock: () => this.unlock(),
        scan: () => this.send('pruefen', { 'eintraege[]': this.fileIds() }),
        release: () => this.openDialog('dialog-release'),
        copy: () => this.keep(false),
        cut: () => this.keep(true),
        paste: () => this.paste(),
        open: () => this.openEntry(this.chosen[0]),
        look: () => this.look(this.chosen[0]),
        details: () => this.$dispatch('show-details', this.chosen[0]),
        select_all: () => selection.all(),
        help: () => dialogs.open('dialog-help'),
        search: () => root.querySelector('input[type=search]')?.focus(),
        menu: () => hand.menuFrom(tool),
      }
      deeds[command]?.()
    },

    ids() {
      return this.chosen.map(({ id }) => id)
    },

    /** Folders have no locks and no scanner's verdict. */
    fileIds() {
      return this.chosen.filter(({ isFolder }) => !isFolder).map(({ id }) => id)
    },

    openDialog(id) {
      const [first] = this.chosen
      const others = this.chosen.filter(({ lock }) => lock === 'other')
      this.dialog = {
        count: this.chosen.length,
        name: first?.name ?? '',
        names: say('things', { count: this.chosen.length, name: first?.name ?? '' }),
        broken: others.map(({ name }) => name).join(', '),
      }
      // At once, not with the next tick: the keys that follow are meant for the dialog.
      const dialog = dialogs.open(id)
      const input = dialog.querySelector('input[name=name]')
      if (!input) return
      input.value = id === 'dialog-rename' ? first.name : ''
      input.focus()
      const dot = first?.isFolder ? -1 : input.value.lastIndexOf('.')
      input.setSelectionRange(0, dot > 0 ? dot : input.value.length)
    },

    /** A form of a dialog: goes out with what is chosen, and says in the dialog what did not work. */
    async submitted(event) {
      const form = event.target
      if (form.matches('form[data-search]')) return this.search(event)
      if (!form.matches('form[data-sends]')) return
      event.preventDefault()
      const fields = Object.fromEntries(new FormData(form))
      delete fields._csrf
      if (form.dataset.sends === 'chosen') fields['eintraege[]'] = this.ids()
      if (form.dataset.sends === 'files') fields['eintraege[]'] = this.fileIds()
      if (form.dataset.sends === 'place') fields.ordner = list.facts.folder
      const button = form.querySelector('button:not([type=button])')
      button.disabled = true
      try {
        const done = await post(form.action, fields)
        dialogs.close(form)
        await this.said(done)
      } catch (error) {
        if (!dialogs.complain(form, error.message)) this.failed(error)
      } finally {
        button.disabled = false
      }
    },

    search(event) {
      event.preventDefault()
      const address = new URL(event.target.action)
      const text = new FormData(event.target).get('suche').trim()
      if (text) address.searchParams.set('suche', text)
      this.visit(address.href)
    },

    async send(verb, fields) {
      try {
        await this.said(await post(`${root.dataset.base}/${verb}`, fields))
      } catch (error) {
        this.failed(error)
      }
    },

    /** After a change: says it, offers the way back, and brings the list up to date. */
    async said(done) {
      const again = (undone) => {
        done.after?.()
        list.refresh(undone.entries ?? []).catch(() => {})
      }
      if (done.text) this.$store.toasts.add(done.text, { undo: done.undo, after: again })
      await list.refresh(done.entries ?? []).catch((error) => this.failed(error))
      this.weigh()
      selection.tell()
      this.$nextTick(() => isLost() && this.goHome())
    },

    /** The focus goes to the list, where the keys work. */
    goHome() {
      return selection.focus() || document.getElementById('region').focus()
    },

    failed(error) {
      this.$store.toasts.add(error.message, { kind: 'bad' })
    },

    async visit(href, options) {
      root.setAttribute('aria-busy', 'true')
      try {
        const fromList = root.contains(document.activeElement)
        if (!(await list.visit(href, options))) return
        this.weigh()
        this.showCut()
        const top = root.getBoundingClientRect().top
        if (top < 0) scrollBy({ top: top - 80 })
        if (fromList) this.goHome()
        this.announce(document.getElementById('region').dataset.said)
      } catch (error) {
        this.failed(error)
      } finally {
        root.removeAttribute('aria-busy')
      }
    },

    announce(text) {
      root.querySelector('[aria-live]').textContent = text
    },

    openEntry(entry) {
      if (entry.isFolder) return this.visit(entry.open)
      if (entry.look) return this.look(entry)
      this.$dispatch('show-details', entry)
    },

    look(entry) {
      this.$dispatch('look-at', entry)
    },

    zip(entries) {
      const address = new URL(`${root.dataset.base}/herunterladen`, location.href)
      for (const { id } of entries) address.searchParams.append('eintraege[]', id)
      return { name: `Webtresor ${root.dataset.vault}.zip`, address: address.href }
    },

    /** Whether it can be had is asked first: what is said instead would be saved under the name of a file. */
    async download() {
      const [one] = this.chosen
      const single = this.chosen.length === 1 && !one.isFolder
      const link = document.createElement('a')
      link.href = single ? one.download : this.zip(this.chosen).address
      try {
        await assertThere(link.href)
      } catch (error) {
        return this.failed(error)
      }
      link.download = ''
      document.body.append(link)
      link.click()
      link.remove()
    },

    unlock() {
      if (this.chosen.some(({ lock }) => lock === 'other')) return this.openDialog('dialog-unlock')
      this.send('freigeben', { 'eintraege[]': this.fileIds() })
    },

    keep(cut) {
      const { vault } = root.dataset
      const entries = this.chosen.map(({ id, name, isFolder }) => ({ id, name, isFolder }))
      clipboard.put({ vault, base: root.dataset.base, entries, cut })
      this.weigh()
      this.showCut()
      this.$store.toasts.add(say(cut ? 'cut' : 'copied', { count: entries.length }), {
        kind: 'info',
      })
    },

    /** Rows that were cut look it, until they are pasted. */
    showCut() {
      const held = clipboard.taken()
      const cut = new Set(held?.cut ? held.entries.map(({ id }) => id) : [])
      for (const row of selection.rows)
        row.classList.toggle('cut-out', cut.has(Number(row.dataset.entry)))
    },

    async paste() {
      const held = clipboard.taken()
      if (!held) return
      if (held.cut) clipboard.clear()
      const target = this.folderHere(list.facts.folder)
      await this.carryOut({ entries: held.entries, target, isMove: held.cut }, held.base)
      this.weigh()
    },

    folderHere(folder) {
      return { vault: root.dataset.vault, folder: folder ?? '' }
    },

    /** @param target where to; a folder of this vault, unless the dialog of targets decided otherwise */
    async carryOut({ entries, target, isMove }, base = root.dataset.base) {
      try {
        for (const done of await transfer(base, entries, target, isMove)) await this.said(done)
      } catch (error) {
        this.failed(error)
      }
    },
  }
}
