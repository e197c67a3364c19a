/*
 * Files that stand in the middle of a text. To the RFCs they are text; programs that know the older ways of sending files
 * (uuencode, yEnc, BinHex), or that look for parts more eagerly, offer them as files all the same.
 */

/** Stable slugs: they are stored with the plan and shown to the administrator. */
export type FileInText = 'uuencoded_file' | 'yenc_file' | 'binhex_file' | 'part_in_text'

/** Text up to this length is looked through for a sign first: nearly all of it has none. */
const SHORT = 64 * 1024
/** One of these words is in all that is looked for. */
const signs = /begin|BinHex|content-(?:type|transfer-encoding|disposition)/i
/** Of a longer line only the beginning is looked at: nothing that begins a file is as long. */
const LONGEST_LINE = 4096
const lineEnd = /\r\n?|\n/g

/** Lines that are looked at behind the beginning of a file, since decoders pass over those that mean nothing to them. */
const FILE_BEHIND = 100
/** The same behind the header of a part; further down it is the text that somebody wrote below a header he quotes. */
const CONTENT_BEHIND = 10
/** So many lines behind something like a delimiter each field of a part counts; further down only one that says that it is no text. */
const FIELDS_BEHIND = 8

/** POSIX, uuencode: the line that begins a file. */
const uuBegin = /^[ \t]*begin(-base64)?[ \t]+[0-7]{3,}(?:[ \t]|$)/i
const yenc = /^=ybegin .*\bname=/
const binhex = '(This file must be converted with BinHex'
const anyField = /^[!-9;-~]+[ \t]*:/
const contentField = /^[ \t]*content-(?:type|transfer-encoding|disposition)[ \t]*:/i
/** A field that names a file, or calls one so. */
const fileField =
  /^[ \t]*content-(?:disposition[ \t]*:.*\b(?:attachment|filename)|type[ \t]*:.*\bname\*?\d*\*?[ \t]*=)/i
const typeField = /^[ \t]*content-type[ \t]*:[ \t"']*([^\s;"'/]+)\//i
const encodingField = /^[ \t]*content-transfer-encoding[ \t]*:(.*)/i
/** What a part may be without being a file. */
const harmless = new Set(['text', 'multipart', 'message'])

/** A block of lines up to the next empty one, and what there may be of a part's header in it. */
interface Block {
  isBegun: boolean
  /** Lines since one that looks like a delimiter; null where there was none. */
  behindDelimiter: number | null
  /** The last Content field and what is folded below it. */
  field: string
  /** Value of a Content-Transfer-Encoding. */
  encoding: string | null
}

/** What is waited for, and how many lines were looked at for it. */
interface Expected {
  kind: 'uuencode' | 'base64 file' | 'BinHex' | 'quoted-printable' | 'base64'
  found: FileInText
  isIt: (line: string, first: boolean) => boolean
  seen: number
}

/**
 * Looks for files in a text, line by line; how the text is cut into pieces makes no difference, and the time it takes grows with its
 * length only.
 */
export class FilesInText {
  /** The first that was found; null where all is only text. */
  found: FileInText | null = null
  readonly #fieldIsEnough: boolean
  /** Text that was not looked through line by line, as long as there is little of it. */
  #short: string | null = ''
  /** Beginning of the last line, and whether the character before was a CR whose LF may follow. */
  #line = ''
  #afterCr = false
  /** Whether all so far would be a header to who looks for one here. */
  #beginsWithFields = true
  #block: Block = emptyBlock()
  #expected: Expected[] = []

  /** @param options.fieldIsEnough a Content field of a part is taken for a file whatever it says */
  constructor(options: { fieldIsEnough?: boolean } = {}) {
    this.#fieldIsEnough = options.fieldIsEnough ?? false
  }

  /** Takes the next characters, one for each byte (Latin-1). */
  write(text: string): void {
    if (this.found) return
    if (this.#short === null) return this.#read(text)
    this.#short += text
    if (this.#short.length > SHORT) this.#readShort()
  }

  /** Says that the text is complete. @returns what was found */
  end(): FileInText | null {
    if (this.#short !== null && signs.test(this.#short)) this.#readShort()
    if (this.#short === null && !this.found) {
      this.#take(this.#line)
      this.#endField()
    }
    return this.found
  }

  #readShort(): void {
    const text = this.#short!
    this.#short = null
    this.#read(text)
  }

  #read(text: string): void {
    let from = this.#afterCr && text.startsWith('\n') ? 1 : 0
    if (text !== '') this.#afterCr = text.endsWith('\r')
    lineEnd.lastIndex = from
    for (let end = lineEnd.exec(text); end && !this.found; end = lineEnd.exec(text)) {
      this.#take(this.#begun(text, from, end.index))
      this.#line = ''
      from = end.index + end[0].length
    }
    this.#line = this.#begun(text, from, text.length)
  }

  /** The line that was begun, with what `text` has of it. */
  #begun(text: string, from: number, to: number): string {
    return this.#line + text.slice(from, Math.min(to, from + LONGEST_LINE - this.#line.length))
  }

  #take(line: string): void {
    if (line === '') return this.#endBlock()
    const folded = /^[ \t]/.test(line)
    // To some a line of white space is an empty one, to others it goes on with the field above.
    if (line.trim() === '') this.#expectContent()
    else {
      this.#compare(line)
      this.#lookForBeginning(line)
    }
    if (folded && this.#block.field !== '' && !contentField.test(line)) return this.#fold(line)
    this.#endField()
    if (line.trim() === '') return
    if (!folded && !anyField.test(line)) this.#beginsWithFields = false
    this.#block.isBegun = true
    if (contentField.test(line)) this.#beginField(line)
    const dashes = line.indexOf('--')
    if (dashes >= 0 && dashes <= 40) this.#block.behindDelimiter = 0
    else if (this.#block.behindDelimiter !== null) this.#block.behindDelimiter++
  }

  /** Whether the line is what one before it announced. */
  #compare(line: string): void {
    if (this.#expected.length === 0) return
    for (const expected of this.#expected) {
      if (expected.isIt(line, expected.seen++ === 0)) this.found ??= expected.found
    }
    this.#expected = this.#expected.filter(
      ({ found, seen }) => seen < (found === 'part_in_text' ? CONTENT_BEHIND : FILE_BEHIND)
    )
  }

  #lookForBeginning(line: string): void {
    if (yenc.test(line)) this.found ??= 'yenc_file'
    if (line.includes(binhex)) {
      if (/:[ \t]*$/.test(line)) this.found ??= 'binhex_file'
      this.#expect('BinHex', 'binhex_file', (next) => /^[ \t]*:/.test(next))
    }
    const uu = uuBegin.exec(line)
    if (uu?.[1]) this.#expect('base64 file', 'uuencoded_file', isBase64)
    else if (uu) this.#expect('uuencode', 'uuencoded_file', isUuLine)
  }

  #expect(kind: Expected['kind'], found: FileInText, isIt: Expected['isIt']): void {
    const others = this.#expected.filter((expected) => expected.kind !== kind)
    this.#expected = [...others, { kind, found, isIt, seen: 0 }]
  }

  #beginField(line: string): void {
    const { behindDelimiter } = this.#block
    this.#block.field = line
    const nearDelimiter = behindDelimiter !== null && behindDelimiter <= FIELDS_BEHIND
    if (this.#fieldIsEnough || nearDelimiter) this.found ??= 'part_in_text'
  }

  #fold(line: string): void {
    const block = this.#block
    block.field += line.slice(0, Math.max(0, LONGEST_LINE - block.field.length))
    if (block.behindDelimiter !== null) block.behindDelimiter++
  }

  #endField(): void {
    const { field, behindDelimiter } = this.#block
    if (field === '') return
    this.#block.field = ''
    const type = typeField.exec(field)?.[1]
    const isFile = type !== undefined && !harmless.has(type.toLowerCase())
    const inHeader = this.#beginsWithFields || behindDelimiter !== null
    if (fileField.test(field) || (isFile && inHeader)) this.found ??= 'part_in_text'
    this.#block.encoding = encodingField.exec(field)?.[1] ?? this.#block.encoding
  }

  #endBlock(): void {
    this.#endField()
    this.#expectContent()
    if (this.#block.isBegun) this.#beginsWithFields = false
    this.#block = emptyBlock()
  }

  /** Behind a header that names an encoding comes content in it. */
  #expectContent(): void {
    const encoding = encodingField.exec(this.#block.field)?.[1] ?? this.#block.encoding ?? ''
    if (/quoted/i.test(encoding)) {
      this.#expect('quoted-printable', 'part_in_text', (line) => /=(?:[0-9a-f]{2}|$)/i.test(line))
    } else if (/64/.test(encoding)) {
      let joined = ''
      this.#expect('base64', 'part_in_text', (line, first) => {
        joined += line.trim()
        return (
          isBase64(line, first) ||
          (joined.length < 1000 && /^[A-Za-z0-9+/\-_]{8,}={0,2}$/.test(joined))
        )
      })
    }
  }
}

/** What bytes hold of files, read as they are. */
export async function fileIn(
  source: AsyncIterable<Uint8Array>,
  options?: { fieldIsEnough: boolean }
): Promise<FileInText | null> {
  const files = new FilesInText(options)
  for await (const chunk of source) {
    files.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1'))
    if (files.found) break
  }
  return files.end()
}

const emptyBlock = (): Block => ({
  isBegun: false,
  behindDelimiter: null,
  field: '',
  encoding: null,
})

/** A line of uuencode: its first character says how many bytes it holds. Spaces at its end may have been lost. */
function isUuLine(line: string, first: boolean): boolean {
  const bytes = (line.charCodeAt(0) - 32) & 63
  const most = 4 * Math.ceil(bytes / 3) + 3
  const least = first ? bytes / 2 : most - 3
  return /^[ -`]+$/.test(line) && bytes > 0 && line.length <= most && line.length > least
}

/** Further down than the first line, a long word may be one of a text. */
function isBase64(line: string, first: boolean): boolean {
  const word = /^[ \t]*([A-Za-z0-9+/\-_]{8,}={0,2})[ \t]*$/.exec(line)?.[1]
  if (word === undefined) return longRun(line)
  return first || (word.length >= 20 && /[0-9+/=]/.test(word))
}

/** Base64 in which white space stands. */
function longRun(line: string): boolean {
  if (!/^[A-Za-z0-9+/\-_= \t]+$/.test(line)) return false
  return line.split(/[ \t]+/).some((word) => word.length >= 20 && /\d/.test(word))
}
