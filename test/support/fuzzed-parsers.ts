import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parseDestination } from '../../server/core/access.ts'
import { checkUserCertificate } from '../../server/core/certificate/check-user.ts'
import { verifyClientSignature } from '../../server/core/certificate/client-signature.ts'
import { formatRevocationList } from '../../server/core/certificate/format-krl.ts'
import { lookIn } from '../../server/core/certificate/krl.ts'
import { parseRevocationList } from '../../server/core/certificate/parse-krl.ts'
import { parseSourceAddresses } from '../../server/core/certificate/source-address.ts'
import { readProxyHeader } from '../../server/core/proxy-header.ts'
import { fingerprint } from '../../server/core/ssh-wire/fingerprint.ts'
import { parseKeyLine } from '../../server/core/ssh-wire/key-line.ts'
import { parsePublicKey, withBlob } from '../../server/core/ssh-wire/public-key.ts'
import { isSignedBy, parseSignature } from '../../server/core/ssh-wire/signature.ts'
import { ca, key, revoked, trustedCas } from './certificate-case.ts'
import { flag, forgeCertificate, value } from './forged-certificate.ts'
import { KEY_TYPES, offeredAs, softwareKey } from './software-keys.ts'

/** Takes hostile bytes; says whether they were read. Throws only when we have a bug. */
interface FuzzedParser {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  readonly feed: (bytes: Uint8Array) => boolean
}

const session = Buffer.from('session')
const userCas = trustedCas.map(
  publicKey => ({ key: publicKey, principals: 'agent-names' }) as const,
)
const isRevoked = lookIn(revoked)

/** PROXY v2 for 192.0.2.7, for an IPv6 client with a field of the balancer's own, and for a health check. */
export const PROXY_HEADERS = [
  '2111000cc0000207c6336401dc0408ae',
  `21210029${'20010db8'.padEnd(32, '0')}${'20010db8'.padEnd(31, '0')}1dc0408ae030002beef`,
  '20000000',
].map(hex => new Uint8Array(Buffer.from(`0d0a0d0a000d0a515549540a${hex}`, 'hex')))

/** Everything of SSH that we read before anybody has proven anything, and the lists that guard it. */
export const fuzzedParsers: readonly FuzzedParser[] = [
  {
    name: 'certificate and login',
    seeds: KEY_TYPES.flatMap(type => [
      forgeCertificate({ key: softwareKey(type).publicKey, ca: softwareKey(type, 'ca') }),
      forgeCertificate({
        key: softwareKey(type).publicKey,
        ca,
        criticalOptions: [value('force-command', 'id'), value('source-address', '10.0.0.0/8,::1')],
        extensions: [flag('permit-pty'), value('task@sallyport', 'deploy')],
      }),
    ]),
    feed: blob => {
      let wasRead = false
      for (const type of KEY_TYPES) {
        const algorithm = offeredAs(type)
        const offer = { algorithm, blob, clientAddress: '10.0.0.1', now: 1500n }
        const accepted = checkUserCertificate(offer, { cas: userCas, isRevoked })
        if (!accepted.ok) continue
        verifyClientSignature(accepted.value, algorithm, blob, session)
        wasRead = true
      }
      return wasRead
    },
  },
  {
    name: 'public key',
    seeds: KEY_TYPES.map(type => softwareKey(type).publicKey.blob),
    feed: blob => {
      const parsed = parsePublicKey(blob)
      if (!parsed.ok) return false
      fingerprint(parsed.value)
      if (Buffer.compare(withBlob(parsed.value).blob, blob) !== 0) throw new Error('two spellings')
      return true
    },
  },
  {
    name: 'signature',
    seeds: KEY_TYPES.map(type => softwareKey(type).sign(session)),
    feed: blob => {
      const parsed = parseSignature(blob)
      if (!parsed.ok) return false
      isSignedBy(key.publicKey, parsed.value, session)
      isSignedBy(softwareKey('ecdsa-sha2-nistp256').publicKey, parsed.value, session)
      return true
    },
  },
  {
    name: 'public key line',
    seeds: [
      Buffer.from(`ssh-ed25519 ${Buffer.from(key.publicKey.blob).toString('base64')} a comment`),
    ],
    feed: bytes => parseKeyLine(Buffer.from(bytes).toString('latin1')).ok,
  },
  {
    name: 'source-address',
    seeds: ['10.0.0.0/8,2001:db8::/32', '::ffff:10.0.0.1', '1.2.3.4/32,::/0'].map(text =>
      Buffer.from(text),
    ),
    feed: bytes => parseSourceAddresses(Buffer.from(bytes).toString('latin1')).ok,
  },
  {
    name: 'PROXY header',
    seeds: PROXY_HEADERS,
    feed: bytes => {
      const header = readProxyHeader(bytes)
      // What comes after it, or has not come yet, changes nothing.
      for (let length = 0; length < bytes.length; length += 1) {
        const begun = readProxyHeader(bytes.subarray(0, length))
        if (begun.is === 'complete' && header.is !== 'complete') throw new Error('two readings')
        if (begun.is === 'fault' && header.is !== 'fault') throw new Error('two readings')
      }
      return header.is === 'complete'
    },
  },
  {
    name: 'user name',
    seeds: ['deploy+web-1', 'web-1', 'a+b+c.example'].map(text => Buffer.from(text)),
    feed: bytes => parseDestination(Buffer.from(bytes).toString()) !== null,
  },
  {
    name: 'revocation list',
    seeds: [formatRevocationList(revoked)],
    feed: bytes => {
      const list = parseRevocationList(bytes)
      if (!list.ok) return false
      lookIn(list.value)
      return true
    },
  },
]

/** Takes a lot of rubbish off the heap, so that what is left is what is held. */
export function heapBytes(): number {
  setFlagsFromString('--expose_gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let times = 0; times < 3; times += 1) collect()
  return process.memoryUsage().heapUsed
}

/** Numbers from 0 below `bound`, the same for the same seed, so that a finding can be repeated. */
export type Dice = (bound: number) => number

/** mulberry32: small, fast, and good enough to roll dice. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return bound => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** One to six changes: bytes, lengths, pieces taken out, repeated, or moved in from another seed. */
export function mutate(seeds: readonly Uint8Array[], roll: Dice): Uint8Array {
  let bytes: Buffer = Buffer.from(seeds[roll(seeds.length)] ?? [])
  for (let changes = 1 + roll(6); changes > 0; changes -= 1) bytes = change(bytes, seeds, roll)
  return new Uint8Array(bytes)
}

const LENGTHS = [0, 1, 3, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

function change(bytes: Buffer, seeds: readonly Uint8Array[], roll: Dice): Buffer {
  const at = roll(bytes.length + 1)
  const length = roll(40)
  switch (roll(6)) {
    case 0: {
      const changed = Buffer.from(bytes)
      if (at < bytes.length) changed[at] = roll(256)
      return changed
    }
    case 1: {
      const changed = Buffer.from(bytes)
      if (at + 4 <= bytes.length) changed.writeUInt32BE(LENGTHS[roll(LENGTHS.length)] ?? 0, at)
      return changed
    }
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(at, at + length),
        bytes.subarray(at),
      ])
    case 4: {
      const other = seeds[roll(seeds.length)] ?? bytes
      const from = roll(other.length + 1)
      return Buffer.concat([
        bytes.subarray(0, at),
        other.subarray(from, from + length),
        bytes.subarray(at),
      ])
    }
    default:
      return bytes.subarray(0, at)
  }
}
