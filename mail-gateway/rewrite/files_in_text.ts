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

/** Lines that are looked at behind the header of a part; further down it is what somebody wrote below a header he quotes. */
const CONTENT_BEHIND = 10
/** So many lines behind something like a delimiter each field of a part counts; further down only one that says that it is no text. */
const FIELDS_BEHIND = 8

/** POSIX, uuencode: the line that begins a file; decoders take it without a name, with any mode, and behind a tag. */
const uuBegin = /(?:^|>)[ \t]*begin(-base64)?[ \t]+(?:(\d{1,6})(?!\d)|\S)/i
const yenc = /^=ybegin .*\bname=/
const binhex = '(This file must be converted with BinHex'
const anyField = /^[!-9;-~]+[ \t]*:/
/** A field with which a part begins. */
const mimeField = /^(?:content-|mime-version)[^\s:]*[ \t]*:/i
const contentField = /^[ \t]*content-(?:type|transfer-encoding|disposition)[ \t]*:/i
/** A field that names a file, or calls one so. */
const fileField =
  /^[ \t]*content-(?:disposition[ \t]*:.*\b(?:attachment|filename)|type[ \t]*:.*\bname\*?\d*\*?[ \t]*=)/i
const typeField = /^[ \t]*content-type[ \t]*:[ \t]*(.*)/i
const encodingField = /^[ \t]*content-transfer-encoding[ \t]*:(.*)/i
/** What a part may be without being a file; what cannot be read may be one. */
const harmless = /^(?:(?:text|multipart)\/[!-~]|message\/(?!rfc822|global)[!-~]|$)/i
const attachedMessage = /^message\/(?:rfc822|global)\b/i

/** A block of lines up to the next empty one, and what there may be of a part's header in it. */
interface Block {
  isBegun: boolean
  /** Whether all lines behind the delimiter, or behind the beginning, are fields. */
  onlyFields: boolean
  /** Lines since one that looks like a delimiter; null where there was none. */
  behindDelimiter: number | null
  /** The last Content field and what is folded below it. */
  field: string
  /** Value of a Content-Transfer-Encoding. */
  encoding: string | null
  /** Whether it is the header of an attached message. */
  holdsMessage: boolean
}

/** What is waited for, and how many lines were looked at for it; files come however far down. */
interface Expected {
  kind: 'uuencode' | 'words' | 'base64 file' | 'BinHex' | 'quoted-printable' | 'base64'
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
  readonly #encoding: string
  /** Text that was not looked through line by line, as long as there is little of it. */
  #short: string | null = ''
  /** Beginning of the last line, and whether the character before was a CR whose LF may follow. */
  #line = ''
  #afterCr = false
  /** Whether all so far would be a header to who looks for one here. */
  #beginsWithFields = true
  #block: Block = emptyBlock()
  #expected: Expected[] = []

  /**
   * @param options.fieldIsEnough a Content field of a part is taken for a file whatever it says
   * @param options.encoding the transfer encoding that the text is still in
   */
  constructor(options: { fieldIsEnough?: boolean; encoding?: string } = {}) {
    this.#fieldIsEnough = options.fieldIsEnough ?? false
    this.#encoding = options.encoding ?? ''
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
    if (this.#short !== null && signs.test(withoutNul(this.#short))) this.#readShort()
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

  #take(bytes: string): void {
    if (bytes === '') return this.#endBlock()
    // Some overlook NULs, others end a line at them; a line of nothing else is not the end of a header.
    const line = withoutNul(bytes)
    const isBlank = line.trim() === ''
    // To some a line of white space is an empty one, to others it goes on with the field above.
    if (isBlank) this.#expectContent()
    else {
      this.#compare(line)
      this.#lookForBeginning(line)
    }
    const folded = isBlank || /^[ \t]/.test(line)
    if (folded && this.#block.field !== '' && !contentField.test(line)) return this.#fold(line)
    this.#endField()
    if (!isBlank) this.#takeInBlock(line, folded)
  }

  #takeInBlock(line: string, folded: boolean): void {
    const block = this.#block
    if (!block.isBegun && !mimeField.test(line)) this.#beginsWithFields = false
    block.isBegun = true
    if (contentField.test(line)) this.#beginField(line)
    const dashes = line.indexOf('--')
    if (dashes >= 0 && dashes <= 40) {
      block.behindDelimiter = 0
      block.onlyFields = true
      return
    }
    if (!folded && !anyField.test(line)) block.onlyFields = false
    if (block.behindDelimiter !== null) block.behindDelimiter++
  }

  /** Whether the line is what one before it announced. */
  #compare(line: string): void {
    if (this.#expected.length === 0) return
    for (const expected of this.#expected) {
      if (expected.isIt(line, expected.seen++ === 0)) this.found ??= expected.found
    }
    this.#expected = this.#expected.filter(
      ({ found, seen }) => found !== 'part_in_text' || seen < CONTENT_BEHIND
    )
  }

  #lookForBeginning(line: string): void {
    if (yenc.test(line)) this.found ??= 'yenc_file'
    if (line.includes(binhex)) {
      if (/:[ \t]*$/.test(line)) this.found ??= 'binhex_file'
      this.#expect('BinHex', 'binhex_file', (next) => /^[ \t]*:/.test(next))
    }
    if (line.trim().toLowerCase() === 'end') this.#expected = this.#expected.filter(isOfPart)
    const uu = uuBegin.exec(line)
    if (!uu) return
    const [, base64, mode] = uu
    if (base64) this.#expect('base64 file', 'uuencoded_file', isBase64)
    else if (mode) this.#expect('uuencode', 'uuencoded_file', isUuLine)
    else this.#expect('words', 'uuencoded_file', twoUuLines())
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
    block.field += line
    // A name may stand behind what we do not keep.
    if (block.field.length > LONGEST_LINE) this.found ??= 'part_in_text'
    if (block.behindDelimiter !== null) block.behindDelimiter++
  }

  #endField(): void {
    const block = this.#block
    const { field } = block
    if (field === '') return
    block.field = ''
    const type = typeField.exec(field)?.[1]
    const encoding = encodingField.exec(field)?.[1]
    const isDelimited = block.behindDelimiter !== null && block.onlyFields
    const isHeader = isDelimited || (this.#beginsWithFields && block.onlyFields)
    const isFile = type !== undefined && !harmless.test(type) && !attachedMessage.test(type)
    const isEncoded = isDelimited && encoding !== undefined && /64|uu/i.test(encoding)
    if (fileField.test(field) || (isHeader && isFile) || isEncoded) this.found ??= 'part_in_text'
    // What is behind the empty line below begins with a header then.
    block.holdsMessage ||= isHeader && type !== undefined && attachedMessage.test(type)
    block.encoding = encoding ?? block.encoding
  }

  #endBlock(): void {
    this.#endField()
    this.#expectContent()
    const { isBegun, behindDelimiter, holdsMessage } = this.#block
    if (isBegun) this.#beginsWithFields = false
    this.#block = emptyBlock()
    // A delimiter and an empty line: a part without a header, whose text is one to some.
    if (behindDelimiter === 0 || holdsMessage) this.#block.behindDelimiter = FIELDS_BEHIND + 1
  }

  /** Behind a header that names an encoding comes content in it. */
  #expectContent(): void {
    const encoding = encodingField.exec(this.#block.field)?.[1] ?? this.#block.encoding ?? ''
    if (/quoted/i.test(encoding)) {
      // There each line would be some.
      if (this.#encoding === 'quoted-printable') return
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
  options?: { fieldIsEnough?: boolean; encoding?: string }
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
  onlyFields: true,
  behindDelimiter: null,
  field: '',
  encoding: null,
  holdsMessage: false,
})

const withoutNul = (text: string) => text.replaceAll('\0', '')
const isOfPart = ({ found }: Expected) => found === 'part_in_text'

/**
 * A line of uuencode: its first character says how many bytes it holds. Spaces at the end of the first one may have been lost, and
 * behind any of them a check or rubbish may stand. xxencode has other letters.
 */
function isUuLine(line: string, first: boolean): boolean {
  const bytes = (line.charCodeAt(0) - 32) & 63
  const length = 1 + 4 * Math.ceil(bytes / 3)
  const least = first ? Math.ceil(bytes / 2) + 1 : length
  const fits = bytes > 0 && least <= line.length && line.length <= length + 3
  return (fits && /^[ -`]+$/.test(line.slice(0, length))) || isXxLine(line)
}

const xx = '+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function isXxLine(line: string): boolean {
  const bytes = xx.indexOf(line[0]!)
  return bytes > 0 && line.length === 1 + 4 * Math.ceil(bytes / 3) && /^[+\-\w]+$/.test(line)
}

/** Behind a line that may be prose: two lines of uuencode one after the other. */
function twoUuLines(): (line: string) => boolean {
  let before = false
  return (line) => {
    const now = isUuLine(line, false)
    const both = before && now
    before = now
    return both
  }
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
