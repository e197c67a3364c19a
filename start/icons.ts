/**
 * The icons, each drawn on 24 x 24 with a line of 1.75. An icon never stands alone: words say what it means.
 */
const shapes = {
  brand:
    '<rect x="3" y="3.5" width="18" height="15.5" rx="3"/><circle cx="12" cy="11.25" r="3.75"/><path d="M12 7.5v1.6M12 13.4V15M8.25 11.25h1.6M14.15 11.25h1.6M6.5 19v2M17.5 19v2"/>',
  vault:
    '<rect x="3.5" y="4" width="17" height="15" rx="2.5"/><circle cx="12" cy="11.5" r="3.25"/><path d="M12 8.25v1M12 13.75v1M7 19v2M17 19v2"/>',
  archive:
    '<rect x="3" y="4" width="18" height="4.5" rx="1"/><path d="M5 8.5V19h14V8.5M10 12.5h4"/>',
  gauge: '<path d="M4.5 18a9 9 0 1 1 15 0M12 13.5l3.5-4"/><circle cx="12" cy="14" r="1.25"/>',
  mail: '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3.5 7 8.500 6 8.500-6"/>',
  sent: '<path d="M7 17 17 7M9 7h8v8"/>',
  received: '<path d="M17 7 7 17M15 17H7V9"/>',
  paperclip:
    '<path d="m20 11-8.400 8.400a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.300 8.300a1.700 1.700 0 0 1-2.400-2.400L14.500 7"/>',
  download: '<path d="M12 4v11M7 10.500l5 5 5-5M5 20h14"/>',
  upload: '<path d="M12 16V5M7 9.500l5-5 5 5M5 20h14"/>',
  file: '<path d="M6 3h8l4.500 4.500V21H6zM14 3v4.500h4.500"/>',
  folder: '<path d="M3 6.500h6l2 2.500h10v10H3z"/>',
  new_folder: '<path d="M3 6.500h6l2 2.500h10v10H3zM12 11.500v5M9.500 14h5"/>',
  lock: '<rect x="5.500" y="11" width="13" height="9" rx="1.500"/><path d="M8.500 11V8a3.500 3.500 0 0 1 7 0v3"/>',
  unlock:
    '<rect x="5.500" y="11" width="13" height="9" rx="1.500"/><path d="M8.500 11V8a3.500 3.500 0 0 1 6.800-1.200"/>',
  shield: '<path d="M12 3l8 3v5.500c0 4.700-3.300 8-8 9.500-4.700-1.500-8-4.800-8-9.500V6z"/>',
  proof:
    '<path d="M12 3l8 3v5.500c0 4.700-3.300 8-8 9.500-4.700-1.500-8-4.800-8-9.500V6z"/><path d="m8.500 12 2.500 2.500 4.500-4.500"/>',
  key: '<circle cx="8" cy="15.500" r="4"/><path d="m11 12.500 8-8M16 7.500l2.500 2.500"/>',
  check: '<circle cx="12" cy="12" r="9"/><path d="m8 12.300 2.700 2.700 5.300-5.500"/>',
  alert: '<path d="M12 4 21 19.500H3z"/><path d="M12 10v4.500M12 17v.1"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.500M12 7.500v.1"/>',
  refused: '<circle cx="12" cy="12" r="9"/><path d="m9 9 6 6M15 9l-6 6"/>',
  clock: '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.300l3.300 2"/>',
  pause: '<circle cx="12" cy="12" r="9"/><path d="M10 9v6M14 9v6"/>',
  search: '<circle cx="10.500" cy="10.500" r="6.500"/><path d="m20 20-4.800-4.800"/>',
  filter: '<path d="M4 6h16M7 12h10M10 18h4"/>',
  link: '<path d="M10 14a4 4 0 0 0 5.700 0l3.300-3.300a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0L5 13.300A4 4 0 0 0 10.700 19l1.300-1.300"/>',
  external: '<path d="M14 4h6v6M20 4l-9 9M18 14v6H4V6h6"/>',
  person:
    '<circle cx="12" cy="8" r="4"/><path d="M4.500 20.500c.8-4 3.800-6 7.500-6s6.700 2 7.500 6"/>',
  people:
    '<circle cx="9" cy="8.500" r="3.500"/><path d="M2.500 20c.6-3.600 3.200-5.500 6.500-5.500s5.900 1.900 6.500 5.500M15.500 5.300a3.500 3.500 0 0 1 0 6.400M17.500 14.900c2.200.7 3.600 2.400 4 5.100"/>',
  device:
    '<rect x="3.500" y="4.500" width="17" height="11.500" rx="1.500"/><path d="M9 20h6M12 16v4"/>',
  leave: '<path d="M14 5V4H5v16h9v-1M10 12h11M17.500 8.500 21 12l-3.500 3.500"/>',
  previous: '<path d="m14.500 6-6 6 6 6"/>',
  next: '<path d="m9.500 6 6 6-6 6"/>',
  up: '<path d="m6 14.500 6-6 6 6"/>',
  down: '<path d="m6 9.500 6 6 6-6"/>',
  top: '<path d="m6 11.500 6-6 6 6M6 18.500l6-6 6 6"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',
  edit: '<path d="M4 20h4L19.500 8.500l-4-4L4 16zM13 7l4 4"/>',
  move: '<path d="M3 6.500h6l2 2.500h10v10H3zM9.500 14h6M13 11.500l2.500 2.500-2.500 2.500"/>',
  copy: '<rect x="8.500" y="8.500" width="12" height="12" rx="1.500"/><path d="M15.500 8.500v-5h-12v12h5"/>',
  trash: '<path d="M4.500 7h15M10 7V4h4v3M6.500 7l1 13.500h9l1-13.500M10.500 11v6M13.500 11v6"/>',
  bell: '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21.500h4"/>',
  send: '<path d="M3.500 11.500 20.500 4l-5 16.500-4-7zM20.500 4l-9 9.500"/>',
  return: '<path d="M9 6 4 11l5 5M4 11h10.500a5.500 5.500 0 0 1 0 8H11"/>',
  retry: '<path d="M19.500 12a7.500 7.500 0 1 1-2.300-5.400L20 9.200M20 4.500v4.700h-4.700"/>',
  disk: '<rect x="3" y="13" width="18" height="7" rx="1.500"/><path d="M3.500 13.500 6.500 5h11l3 8.500M7 16.500h.1M10.500 16.500h.1"/>',
  queue: '<path d="M4 6h16M4 12h16M4 18h9"/><path d="m17 16 3 2-3 2z"/>',
  scan: '<path d="M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M4 12h16"/>',
  relay:
    '<rect x="3" y="4" width="18" height="6" rx="1.500"/><rect x="3" y="14" width="18" height="6" rx="1.500"/><path d="M6.500 7h.1M6.500 17h.1M10 7h7M10 17h7"/>',
  ledger:
    '<path d="M5 4h12.500a1.500 1.500 0 0 1 1.500 1.500V20H6.500A1.500 1.500 0 0 1 5 18.500zM5 18a1.500 1.500 0 0 1 1.500-1.500H19M9 8h6M9 11.500h4"/>',
  source: '<path d="m8.500 7.500-5 4.500 5 4.500M15.500 7.500l5 4.500-5 4.500M13.500 5l-3 14"/>',
  eye: '<path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z"/><circle cx="12" cy="12" r="3"/>',
  more: '<path d="M5.500 12h.1M12 12h.1M18.500 12h.1" stroke-width="2.750"/>',
  close: '<path d="m6 6 12 12M18 6 6 18"/>',
  play: '<path d="M8 5.500v13l10.500-6.500z"/>',
  gear: '<circle cx="12" cy="12" r="3"/><path d="M12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M5.600 18.400l2.100-2.100M16.300 7.700l2.100-2.100"/>',
  history:
    '<path d="M4.500 12a7.500 7.500 0 1 0 2.300-5.400L4 9.200M4 4.500v4.700h4.700M12 8v4.300l3 1.800"/>',
  cut: '<circle cx="6.500" cy="17.500" r="2.500"/><circle cx="17.500" cy="17.500" r="2.500"/><path d="M8 15.500 16.500 4M16 15.500 7.500 4"/>',
  paste:
    '<path d="M9 5H5.500v16h13V5H15"/><rect x="9" y="3" width="6" height="4" rx="1"/><path d="M9 12h6M9 16h4"/>',
  keyboard:
    '<rect x="2.500" y="6" width="19" height="12" rx="2"/><path d="M6.500 10h.1M10 10h.1M14 10h.1M17.500 10h.1M8 14h8"/>',
  folder_up: '<path d="M3 6.500h6l2 2.500h10v10H3zM12 17v-5.500M9.500 13.500 12 11l2.500 2.500"/>',
  open: '<path d="M3 6.500h6l2 2.500h8v2.500M3 6.500V19h15.500L21.500 11.500H6.500L3 19"/>',
  swap: '<path d="M4 8.500h14M14.500 5 18 8.500 14.500 12M20 15.500H6M9.500 12 6 15.500 9.500 19"/>',
} as const

export type IconName = keyof typeof shapes

/** Inner SVG of an icon. @throws Error for a name that is not drawn: a page would have a hole. */
export function icon(name: string): string {
  const shape = (shapes as Record<string, string>)[name]
  if (!shape) throw new Error(`No icon is called ${name} (start/icons.ts)`)
  return shape
}
