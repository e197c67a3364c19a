/**
 * What names are sorted by, in columns that both databases compare byte by byte, so that pages by key come out alike: without
 * accents and case, as German dictionaries do (ä as a, ß as ss), and 2 before 10.
 */
export function sortKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .slice(0, 200)
    .replace(/\d+/g, (digits) => {
      const plain = digits.replace(/^0+(?=\d)/, '')
      return String(plain.length).padStart(3, '0') + plain
    })
}
