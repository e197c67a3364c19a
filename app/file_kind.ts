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
