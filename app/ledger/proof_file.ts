/**
 * A proof as C2SP tlog-proof, with the leaf in the extra line.
 *
 * @param checkpoint signed note of the tree that the hashes lead to
 */
export function formatProof(
  leaf: string,
  index: number,
  hashes: Buffer[],
  checkpoint: string
): string {
  const lines = [
    'c2sp.org/tlog-proof@v1',
    `extra ${Buffer.from(leaf).toString('base64')}`,
    `index ${index}`,
    ...hashes.map((hash) => hash.toString('base64')),
  ]
  return `${lines.join('\n')}\n\n${checkpoint}`
}
