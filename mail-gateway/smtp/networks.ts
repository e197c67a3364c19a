import { BlockList, isIP } from 'node:net'

/**
 * Whether an address lies in one of the networks, written as `10.0.0.0/8`, `fd00::/8` or single addresses.
 * IPv4-mapped IPv6 (`::ffff:10.1.2.3`) counts as the IPv4 address it is. Throws on what is not a network, naming it.
 */
export function networks(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    add(list, entry.trim())
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

function add(list: BlockList, entry: string) {
  const [address = '', prefix, ...more] = entry.split('/')
  const family = isIP(address)
  const longest = family === 6 ? 128 : 32
  const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  if (family === 0 || more.length > 0 || bits < 0 || bits > longest) {
    throw new Error(`"${entry}" is not a network: write it as 10.0.0.0/8, fd00::/8 or 192.0.2.7.`)
  }
  list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
}
