/**
 * ZIP archives of method *stored* (APPNOTE 6.3.10), Zip64 where needed, names in UTF-8.
 *
 * Sizes and CRC-32 of all contents are known beforehand, so the layout is computed without reading a byte of them: the
 * length is exact, and any range can be made, which is how a download goes on where it broke off.
 *
 * Names that come out are safe everywhere: no entry leaves the folder it is unpacked in, none is a device or a second name of
 * another on Windows. `entryNames` sees to that, for one folder at a time.
 *
 * It refuses to compress: most of what is exchanged is compressed already, and length and ranges would be lost.
 */
export { layoutZip, readZip } from './layout.ts'
export type { ZipEntry, ZipLayout } from './layout.ts'
export { entryNames, safeName } from './names.ts'
