#!/usr/bin/env node
/**
 * Checks one mail against its proof:
 *
 *     node verify.mjs mail.eml mail.tlog-proof ledger.vkey [--checkpoint file]
 *
 * Needs Node.js 18 or newer and nothing else. The proof is a C2SP tlog-proof (c2sp.org/tlog-proof) whose extra line
 * holds what the ledger recorded about the mail; the tree is that of RFC 6962, signatures are Ed25519. Exits 0 when
 * everything holds, 1 with a sentence when it does not, 2 when it was called wrongly.
 *
 * The key decides whom you trust: compare ledger.vkey with one that you got by another way.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'

class Mismatch extends Error {}

function demand(condition, sentence) {
  if (!condition) throw new Mismatch(sentence)
}

const sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Bytes of canonical base64: Node's own decoder skips what it does not know. */
function base64(text, what) {
  const bytes = Buffer.from(text, 'base64')
  demand(text !== '' && bytes.toString('base64') === text, `${what} is not proper base64.`)
  return bytes
}

function decimal(text, what) {
  const number = Number(text)
  demand(/^(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(number), `${what} is not a number.`)
  return number
}

function readText(path) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    throw new Mismatch(
      error instanceof TypeError
        ? `${path} is not UTF-8.`
        : `${path} cannot be read: ${error.message}`
    )
  }
}

/** `<name>+<key id>+<base64 of type and key>`, see c2sp.org/signed-note. */
function readKey(path) {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\n?$/u.exec(readText(path))
  demand(match, `${path} is not the public key of a ledger.`)
  const [, name, id, encoded] = match
  const material = base64(encoded, `The key in ${path}`)
  demand(material.length === 33 && material[0] === 1, `${path} is not an Ed25519 key.`)
  const computed = sha256(`${name}\n`, material).subarray(0, 4)
  demand(computed.toString('hex') === id, `${path} is damaged: its key id does not fit the key.`)
  const x = material.subarray(1).toString('base64url')
  return {
    name,
    id: computed,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  }
}

/** Size and root of a checkpoint (c2sp.org/tlog-checkpoint) that the key signed. */
function openCheckpoint(note, key, what) {
  const border = note.lastIndexOf('\n\n')
  demand(border > 0 && note.endsWith('\n') && !note.includes('\r'), `${what} is not a signed note.`)
  const text = note.slice(0, border + 1)
  let signed = false
  for (const line of note.slice(border + 2, -1).split('\n')) {
    const match = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line)
    demand(match, `${what} has a line that is no signature.`)
    const bytes = base64(match[2], `A signature of ${what}`)
    if (match[1] !== key.name || !bytes.subarray(0, 4).equals(key.id)) continue
    const holds = verify(null, Buffer.from(text), key.publicKey, bytes.subarray(4))
    demand(holds, `The signature of ${what} does not hold.`)
    signed = true
  }
  demand(signed, `${what} is not signed by ${key.name} with this key.`)
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n')
  demand(origin === key.name, `${what} is of another ledger: ${origin}.`)
  demand(root !== undefined && extensions.every((line) => line !== ''), `${what} is malformed.`)
  const rootHash = base64(root, `The root of ${what}`)
  demand(rootHash.length === 32, `The root of ${what} is not a SHA-256 hash.`)
  return { size: decimal(size, `The size of ${what}`), root: rootHash }
}

function readProof(path) {
  const text = readText(path)
  const border = text.indexOf('\n\n')
  const [version, extra, index, ...hashes] = text.slice(0, border).split('\n')
  demand(
    border > 0 && version === 'c2sp.org/tlog-proof@v1',
    `${path} is not a proof (tlog-proof@v1).`
  )
  demand(extra?.startsWith('extra '), `${path} does not carry the ledger's record of the mail.`)
  demand(index?.startsWith('index '), `${path} does not say where in the ledger the record is.`)
  return {
    leaf: base64(extra.slice(6), 'The record in the proof'),
    index: decimal(index.slice(6), 'The index in the proof'),
    hashes: hashes.map((line) => {
      const hash = base64(line, 'A hash in the proof')
      demand(hash.length === 32, 'A hash in the proof is not a SHA-256 hash.')
      return hash
    }),
    checkpoint: text.slice(border + 2),
  }
}

/** The root that leaf, index and hashes lead to (RFC 9162, section 2.1.3.2). */
function rootOf({ leaf, index, hashes }, size) {
  demand(index < size, 'The proof is about a record that its checkpoint does not cover.')
  const half = (number) => Math.floor(number / 2)
  let [own, last, root] = [index, size - 1, sha256('\0', leaf)]
  for (const hash of hashes) {
    demand(last > 0, 'The proof has too many hashes.')
    if (own % 2 === 1 || own === last) {
      root = sha256('\x01', hash, root)
      while (own % 2 === 0 && own !== 0) [own, last] = [half(own), half(last)]
    } else {
      root = sha256('\x01', root, hash)
    }
    ;[own, last] = [half(own), half(last)]
  }
  demand(last === 0, 'The proof has too few hashes.')
  return root
}

/** The record: canonical JSON (RFC 8785) with exactly these members, all of them plain. */
function readLeaf(bytes) {
  const members = ['at', 'detail', 'number', 'original', 'type']
  const text = new TextDecoder().decode(bytes)
  let leaf
  try {
    leaf = JSON.parse(text)
  } catch {
    leaf = undefined
  }
  const canonical =
    leaf !== null &&
    typeof leaf === 'object' &&
    JSON.stringify(Object.fromEntries(members.map((name) => [name, leaf[name]]))) === text &&
    Object.keys(leaf).length === members.length
  demand(canonical, 'The record in the proof is not in canonical form.')
  return leaf
}

async function digestOf(path) {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk)
  } catch (error) {
    throw new Mismatch(`${path} cannot be read: ${error.message}`)
  }
  return hash.digest('hex')
}

async function check(mailPath, proofPath, keyPath, checkpointPath) {
  const key = readKey(keyPath)
  const proof = readProof(proofPath)
  const head = openCheckpoint(proof.checkpoint, key, 'the checkpoint in the proof')
  const root = rootOf(proof, head.size)
  demand(
    root.equals(head.root),
    'The record is not in the signed ledger: the proof does not lead to its root.'
  )
  const leaf = readLeaf(proof.leaf)
  const digest = await digestOf(mailPath)
  demand(leaf.original !== null, 'The record in the proof is not about a mail.')
  demand(
    leaf.original === digest,
    `The mail is not the recorded one: its SHA-256 is ${digest}, recorded is ${leaf.original}.`
  )
  if (checkpointPath !== undefined) {
    const other = openCheckpoint(readText(checkpointPath), key, checkpointPath)
    demand(
      other.size === head.size,
      `${checkpointPath} covers ${other.size} records, the proof's checkpoint ${head.size}; ask for a proof against that one.`
    )
    demand(
      other.root.equals(head.root),
      `${checkpointPath} and the proof show two different histories of the ledger.`
    )
  }
  return { key, proof, head, leaf }
}

const args = process.argv.slice(2)
const flag = args.indexOf('--checkpoint')
const [, checkpointPath] = flag === -1 ? [] : args.splice(flag, 2)
if (args.length !== 3 || (flag !== -1 && checkpointPath === undefined)) {
  console.error('Usage: node verify.mjs mail.eml mail.tlog-proof ledger.vkey [--checkpoint file]')
  process.exit(2)
}
try {
  const { key, proof, head, leaf } = await check(...args, checkpointPath)
  console.log(`It holds: ${args[0]} is, byte for byte, the mail that ${key.name} recorded.
  event     ${leaf.type}${leaf.number === null ? '' : `, message ${leaf.number}`}
  time      ${leaf.at} (clock of the gateway)
  SHA-256   ${leaf.original}
  entry     ${proof.index} of ${head.size}, under a checkpoint signed by ${key.name}+${key.id.toString('hex')}`)
  if (checkpointPath !== undefined)
    console.log(`  and       ${checkpointPath} is a checkpoint of the same history`)
} catch (error) {
  if (!(error instanceof Mismatch)) throw error
  console.error(`REFUSED: ${error.message}`)
  process.exit(1)
}
