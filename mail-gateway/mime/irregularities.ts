/**
 * Why a part is outside the strict grammar of RFC 2045 and 2046 as commonly written. The slugs are stable: they
 * are stored with the plan and shown to the administrator. A reason does not mean that the mail is bad, only that two
 * readers may see different parts in it.
 */
export const irregularities = {
  repeated_content_type: 'Content-Type stands there more than once; the first one counts',
  repeated_transfer_encoding: 'Content-Transfer-Encoding stands there more than once',
  repeated_disposition: 'Content-Disposition stands there more than once',
  repeated_parameter: 'a parameter such as boundary or filename is given twice in one field',
  malformed_content_type: 'Content-Type is not type/subtype',
  malformed_parameter:
    'a parameter has text behind its quoted string, or a quote that never closes',
  malformed_header: 'a header line without a field name and colon',
  space_before_colon: 'white space between a Content field name and its colon',
  nul_in_header: 'a NUL byte in a header block',
  bare_cr: 'a CR without LF in a header block or delimiter line',
  bare_lf: 'a LF without CR in a header block or delimiter line',
  missing_blank_line: 'the header block of a part ends at a delimiter line, not at an empty line',
  boundary_missing: 'a multipart without boundary',
  boundary_outside_multipart:
    'a boundary of something that is no multipart; some open it all the same',
  boundary_empty: 'a multipart whose boundary is empty',
  boundary_too_long: 'a boundary of more than 70 bytes',
  boundary_characters: 'a boundary with characters that RFC 2046 does not allow',
  boundary_encoded: 'a boundary written with RFC 2231, an encoded word or backslashes',
  comment_in_structure: 'a comment in the Content-Type of a multipart or in a transfer encoding',
  encoded_word_in_structure:
    'an encoded word where a type, disposition or transfer encoding stands',
  boundary_prefix: 'a boundary that begins with, or is the beginning of, an enclosing one',
  boundary_unused: 'a multipart in which no delimiter line was found',
  missing_closing_boundary: 'a multipart that was never closed',
  closing_boundary_first: 'a closing delimiter line before any part',
  delimiter_after_end: 'a delimiter line of a multipart that was closed already',
  delimiter_with_text: 'a line that begins as a delimiter and goes on with text',
  unknown_transfer_encoding: 'a transfer encoding that RFC 2045 does not define',
  encoded_multipart: 'a multipart in base64 or quoted-printable',
  encoded_message: 'an attached message in base64 or quoted-printable; it is not descended into',
  base64_characters: 'characters outside the base64 alphabet',
  base64_after_padding: 'data behind base64 padding',
  base64_incomplete: 'base64 that ends within a group of four',
  quoted_printable_escape:
    'an equals sign that is followed by neither two hexadecimal digits nor a line end',
  message_partial: 'message/partial: one piece of a message',
  external_body: 'message/external-body: the content lies elsewhere',
  too_deep: 'nested deeper than the limit; the rest is opaque',
  too_many_parts: 'more parts than the limit; the rest is opaque',
  headers_over_limit: 'a header block over the limit; the part is opaque',
} as const

export type Irregularity = keyof typeof irregularities
