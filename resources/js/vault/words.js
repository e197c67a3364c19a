/**
 * What scripts say: the page carries the sentences in its language as JSON (`#words`), and scripts fill them in. Where a
 * number decides, a sentence has two forms, `…_one` and `…_other`.
 */
let sentences
const carried = () =>
  (sentences ??= JSON.parse(document.getElementById('words')?.textContent || '{}'))

const locale = () => (document.documentElement.lang === 'en' ? 'en-GB' : 'de-DE')

/** Whatever its direction, a name does not reorder the words around it (UAX 9, FSI and PDI). */
const isolated = (value) => (typeof value === 'string' ? `\u2068${value}\u2069` : number(value))

export function say(key, facts = {}) {
  const form = 'count' in facts ? `${key}_${facts.count === 1 ? 'one' : 'other'}` : key
  const sentence = carried()[form] ?? carried()[key] ?? key
  return sentence.replace(/\{(\w+)\}/g, (whole, name) =>
    name in facts ? isolated(facts[name]) : whole
  )
}

export function number(value, options) {
  return new Intl.NumberFormat(locale(), options).format(value)
}

const units = ['KB', 'MB', 'GB', 'TB']

const WHOLE_BYTES = {
  style: 'unit',
  unit: 'byte',
  unitDisplay: 'long',
  maximumFractionDigits: 0,
}

/** As app/formats.ts writes it: `161 KB`, `2,4 MB`. */
export function size(bytes) {
  if (bytes < 1024) return number(bytes, WHOLE_BYTES)
  let value = bytes / 1024
  let unit = 0
  while (Math.round(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const maximumFractionDigits = value < 99.95 && !(unit === 0 && value >= 10) ? 1 : 0
  return `${number(value, { maximumFractionDigits })} ${units[unit]}`
}

/** `noch 40 Sekunden`, `noch 3 Minuten`, `noch 2 Stunden` */
export function timeLeft(seconds) {
  if (!Number.isFinite(seconds)) return ''
  if (seconds < 60) return say('left_seconds', { count: Math.max(1, Math.ceil(seconds)) })
  if (seconds < 5400) return say('left_minutes', { count: Math.ceil(seconds / 60) })
  return say('left_hours', { count: Math.ceil(seconds / 3600) })
}
