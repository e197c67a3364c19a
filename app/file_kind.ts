/** How a file is shown in lists: the letters in its little square, and that square's colour. */
const styles: [RegExp, string][] = [
  [/^pdf$/, 'pdf'],
  [/^(docx?|odt|rtf|dotx?)$/, 'word'],
  [/^(xlsx?|ods|csv|xlsm)$/, 'sheet'],
  [/^(zip|7z|rar|gz|tar|tgz)$/, 'zip'],
]

export function fileKind(name: string): { label: string; style: string } {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  const style = styles.find(([pattern]) => pattern.test(extension))?.[1] ?? ''
  return { label: extension.slice(0, 4).toUpperCase() || '–', style }
}

/** What a file is called in lists, by its extension: a key of the wording (`vaults.type_…`). */
const types: [RegExp, string][] = [
  [/^pdf$/, 'pdf'],
  [/^(docx?|dotx?|docm)$/, 'word'],
  [/^(xlsx?|xlsm)$/, 'excel'],
  [/^(pptx?|ppsx?)$/, 'powerpoint'],
  [/^(odt|ods|odp)$/, 'opendocument'],
  [/^(zip|7z|rar|gz|tar|tgz)$/, 'zip'],
  [/^(png|jpe?g|gif|webp|tiff?|heic|bmp|svg)$/, 'image'],
  [/^(txt|rtf|md|log)$/, 'text'],
  [/^csv$/, 'csv'],
  [/^xml$/, 'xml'],
  [/^html?$/, 'html'],
  [/^(eml|msg)$/, 'mail'],
  [/^ics$/, 'calendar'],
]

export function fileType(name: string): string {
  const extension = /\.([a-z0-9]{1,8})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return types.find(([pattern]) => pattern.test(extension))?.[1] ?? 'other'
}
