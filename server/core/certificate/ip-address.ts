/** 4 or 16 bytes, or null when the text is no address as RFC 4291 §2.2 or a dotted quad spells it. */
export function parseIpAddress(text: string): Uint8Array | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** What the kernel says of a client on a socket for both families: `::ffff:10.0.0.1` is 10.0.0.1. */
export function parseClientAddress(text: string): Uint8Array | null {
  const address = parseIpAddress(text.replace(/%.*$/, '')) // a zone says where, not who
  const isMapped = address?.length === 16 && MAPPED.every((byte, at) => byte === address[at])
  return isMapped ? address.subarray(12) : address
}

/** The same as text. */
export function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.)/i, '')
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

function parseIpv4(text: string): Uint8Array | null {
  const parts = text.split('.')
  // A leading zero would mean octal to some readers and decimal to others.
  const isDottedQuad = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part))
  if (!isDottedQuad || parts.some(part => Number(part) > 255)) return null
  return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Uint8Array | null {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return null
  const before = parseGroups(head, tail === undefined)
  const after = tail === undefined ? [] : parseGroups(tail, true)
  if (before === null || after === null) return null
  const given = before.length + after.length
  if (tail === undefined ? given !== 16 : given > 14) return null
  return Uint8Array.from([...before, ...Array<number>(16 - given).fill(0), ...after])
}

/** Bytes of `a:b:c`; the last group of an address may be a dotted quad. */
function parseGroups(text: string, isLast: boolean): number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [index, group] of groups.entries()) {
    const quad = isLast && index === groups.length - 1 ? parseIpv4(group) : null
    if (quad !== null) bytes.push(...quad)
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return null
  }
  return bytes
}
