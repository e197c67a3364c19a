/* Loaded by pages with `x-data` only. The CSP build evaluates expressions itself, without eval. */
import Alpine from '@alpinejs/csp'
import { files } from './vault/files.js'
import { look } from './vault/look.js'
import { queue } from './vault/queue.js'
import { target } from './vault/target.js'
import { toasts } from './vault/toasts.js'

Alpine.store('toasts', toasts())
Alpine.store('queue', queue())
Alpine.data('files', files)
Alpine.data('target', target)
Alpine.data('look', look)
Alpine.start()
