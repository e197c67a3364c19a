/** „Wählen Sie bitte das Ziel aus“: the folders of this vault and of others, fetched as they are opened. */
import * as dialogs from './dialogs.js'
import { json } from './server.js'
import { say } from './words.js'

/** Everything of a list that comes in pages. */
async function allOf(address, what) {
  const all = []
  for (let next = null; ;) {
    if (next !== null) address.searchParams.set('nach', next)
    const page = await json(address)
    all.push(...page[what])
    if (!page.next) return all
    next = page.next
  }
}

/** Component of the dialog. Data attributes: base, vault, vaults (addresses). Nodes lie flat, in the order they are shown. */
export function target() {
  return {
    nodes: [],
    at: '',
    entries: [],
    ready: false,
    wrong: '',

    /** Begins with the vaults; this one is open. */
    async choose({ entries }) {
      this.entries = entries
      this.wrong = ''
      this.at = ''
      dialogs.open('dialog-target')
      this.$nextTick(() => this.$refs.tree.focus())
      this.ready = false
      try {
        const { vault, vaults } = this.$root.dataset
        this.nodes = (await allOf(new URL(vaults, location.href), 'vaults')).map((one) => ({
          key: `v${one.number}`,
          vault: String(one.number),
          folder: '',
          name: one.name,
          icon: 'vault',
          level: 1,
          open: false,
          inner: true,
          off: one.mayAdd ? '' : say(one.isArchived ? 'target_archived' : 'target_read'),
          note: one.mayAdd
            ? ''
            : say(one.isArchived ? 'target_archived_short' : 'target_read_short'),
          onlyCopy: !one.mayChange,
          base: one.base,
        }))
        this.at = `v${vault}`
        const own = this.nodes.find(({ key }) => key === this.at) ?? this.nodes[0]
        if (own) await this.unfold(own)
      } catch (error) {
        this.wrong = error.message
      }
      this.ready = true
    },

    get words() {
      const [one] = this.entries
      return say('things', { count: this.entries.length, name: one?.name ?? '' })
    },

    get chosen() {
      return this.nodes.find(({ key }) => key === this.at)
    },

    get cannot() {
      return !this.chosen || this.chosen.off !== ''
    },

    get cannotMove() {
      return this.cannot || this.why !== ''
    },

    /** Why nothing can be put there, or only copied. */
    get why() {
      const { chosen } = this
      if (!chosen) return ''
      if (chosen.off) return chosen.off
      if (this.$root.dataset.move !== 'yes') return say('target_no_move')
      if (chosen.onlyCopy) return say('target_only_copy')
      return this.isHere(chosen) ? say('target_here') : ''
    },

    /** Entries of a search lie anywhere. */
    isHere({ vault, folder }) {
      const { folder: here, search } = document.getElementById('region').dataset
      return !search && vault === this.$root.dataset.vault && folder === here
    },

    levelOf(node) {
      return Math.min(node.level, 10)
    },

    async unfold(node) {
      if (!node.inner || node.open) return
      node.open = true
      const address = new URL(`${node.base}/baum`, location.href)
      if (node.folder) address.searchParams.set('ordner', node.folder)
      try {
        const folders = await allOf(address, 'folders')
        const carried = new Set(this.entries.filter(({ isFolder }) => isFolder).map(({ id }) => id))
        const isHere = node.vault === this.$root.dataset.vault
        const below = folders.map((folder) => ({
          key: `${node.vault}-${folder.id}`,
          vault: node.vault,
          folder: String(folder.id),
          name: folder.name,
          icon: 'folder',
          level: node.level + 1,
          open: false,
          inner: folder.hasFolders && !(isHere && carried.has(folder.id)),
          off: node.off || (isHere && carried.has(folder.id) ? say('target_inside') : ''),
          note: '',
          onlyCopy: node.onlyCopy,
          base: node.base,
        }))
        const place = this.nodes.findIndex(({ key }) => key === node.key)
        this.nodes.splice(place + 1, 0, ...below)
        if (below.length === 0) node.inner = false
      } catch (error) {
        node.open = false
        this.wrong = error.message
      }
    },

    fold(node) {
      node.open = false
      const place = this.nodes.findIndex(({ key }) => key === node.key)
      let end = place + 1
      while (this.nodes[end]?.level > node.level) end++
      this.nodes.splice(place + 1, end - place - 1)
    },

    turn(node) {
      return node.open ? this.fold(node) : this.unfold(node)
    },

    pick(node) {
      this.at = node.key
    },

    /** A tree's keys (ARIA authoring practices, tree view). */
    typed(event) {
      const at = this.nodes.findIndex(({ key }) => key === this.at)
      const node = this.nodes[at]
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.nodes.length - 1 }[
        event.key
      ]
      if (to !== undefined) {
        event.preventDefault()
        const next = this.nodes[Math.max(0, Math.min(to, this.nodes.length - 1))]
        if (next) this.show(next)
      } else if (event.key === 'ArrowRight' && node) {
        event.preventDefault()
        if (!node.open) this.unfold(node)
        else if (this.nodes[at + 1]?.level > node.level) this.show(this.nodes[at + 1])
      } else if (event.key === 'ArrowLeft' && node) {
        event.preventDefault()
        if (node.open) this.fold(node)
        else this.show(this.nodes.slice(0, at).findLast(({ level }) => level < node.level) ?? node)
      }
    },

    show(node) {
      this.at = node.key
      this.$nextTick(() =>
        document.getElementById(`target-${node.key}`)?.scrollIntoView({ block: 'nearest' })
      )
    },

    decide(isMove) {
      const { vault, folder } = this.chosen
      dialogs.close(this.$root)
      this.$dispatch('target-chosen', {
        entries: [...this.entries],
        target: { vault, folder },
        isMove,
      })
    },
  }
}
