/**
 * Gives the memory of bytes back at once, which nobody may look at afterwards. Left to the garbage collector, which sees small
 * objects and not the megabyte behind each, four large mails in work at a time hold a hundred megabytes of it.
 *
 * What is a part of other bytes stays as it is.
 */
export function giveBack(bytes: Uint8Array): void {
  if (bytes.length === bytes.buffer.byteLength) giveBackWhole(bytes)
}

/** As `giveBack`, with all of the memory in which the bytes lie: nobody else may have a part of it. */
export function giveBackWhole({ buffer }: Uint8Array): void {
  ;(buffer as ArrayBuffer).transfer(0)
}
