import { generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import { byte, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { type Dice, mutate, PROXY_HEADERS } from '../support/fuzzed-parsers.ts'
import type { CertifiedLogin } from '../../server/ssh/repairs/user-certificates.ts'
import type { Keyring } from '../support/ssh-client.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { fuzzedConnections } from './fuzzed-connection.ts'
import { exchangeKeys, logIn } from './key-exchange.ts'
import { kexinit, plainPacket } from './packets.ts'
import { RAW_BANNER, type RawPeer, rawPeer } from './raw-peer.ts'
import { loginOf } from './rogue-client.ts'

/** One connection's worth of damaged packets against a front that listens. */
export interface FrontAttack {
  readonly name: string
  /** Resolves with how many packets were sent, once the connection is closed. */
  readonly fire: (roll: Dice) => Promise<number>
}

export interface FrontUnderFire {
  readonly attacks: readonly FrontAttack[]
  readonly bastion: Bastion
  /** The same with a balancer before it: ourselves. */
  readonly balanced: Bastion
  close(): Promise<void>
}

const SERVICE_REQUEST = 5
const EXT_INFO = 7
const NEWKEYS = 21
const ECDH_INIT = 30
const USERAUTH_REQUEST = 50
const USERAUTH_INFO_RESPONSE = 61

const message = (kind: number, ...fields: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat([
    byte(kind),
    ...fields.map(field => (typeof field === 'string' ? string(field) : field)),
  ])

const x25519 = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' })

/** RFC 4253, 4252, 8308 and OpenSSH's PROTOCOL: what comes before the first keys. */
const inTheClear: readonly Uint8Array[] = [
  kexinit('curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com'),
  kexinit('mlkem768x25519-sha256,curve25519-sha256'),
  kexinit('diffie-hellman-group16-sha512', { firstFollows: true }),
  kexinit('ecdh-sha2-nistp256'),
  message(ECDH_INIT, string(x25519.subarray(-32))),
  message(ECDH_INIT, string(Buffer.alloc(1184 + 32, 7))),
  message(ECDH_INIT, string(Buffer.alloc(65, 4))),
  message(NEWKEYS),
  message(1, uint32(11), 'so long', ''),
  message(2, 'ignore this'),
  message(3, uint32(0)),
  message(4, byte(1), 'debug this', ''),
]

/** What comes under the first keys, before anybody is let in. */
function beforeLogin(certificate: Uint8Array): readonly Uint8Array[] {
  const algorithm = 'ssh-ed25519-cert-v01@openssh.com'
  const ask = (method: string, ...fields: readonly (string | Uint8Array)[]): Buffer =>
    message(USERAUTH_REQUEST, 'box', 'ssh-connection', method, ...fields)
  const [yes, no] = [byte(1), byte(0)]
  const signature = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(64))])
  return [
    ...inTheClear,
    message(SERVICE_REQUEST, 'ssh-userauth'),
    message(SERVICE_REQUEST, 'ssh-connection'),
    message(EXT_INFO, uint32(1), 'ext-info-in-auth@openssh.com', '0'),
    message(192, 'ping'),
    message(193, 'pong'),
    ask('none'),
    ask('password', no, 'secret'),
    ask('password', yes, 'secret', 'another'),
    ask('publickey', no, algorithm, string(certificate)),
    ask('publickey', yes, algorithm, string(certificate), string(signature)),
    ask('publickey', no, 'rsa-sha2-512', string(Buffer.alloc(200))),
    ask('hostbased', algorithm, string(certificate), 'host', 'root', string(signature)),
    ask('keyboard-interactive', '', 'pam'),
    message(USERAUTH_INFO_RESPONSE, uint32(2), 'one', 'two'),
    message(80, 'tcpip-forward', yes, '', uint32(8080)),
    message(90, 'session', uint32(0), uint32(65_536), uint32(32_768)),
    message(98, uint32(0), 'exec', yes, 'id'),
  ]
}

const [afterLogin] = fuzzedConnections

const NO_LIMIT = {
  unauthenticated: 1000,
  unauthenticatedPerAddress: 1000,
  strangersPerMinutePerAddress: 1_000_000,
  connectionsPerAgent: 1000,
  loginsPerMinutePerAgent: 1_000_000,
  loginGraceSeconds: 5,
}

export async function startFrontUnderFire(keyring: Keyring): Promise<FrontUnderFire> {
  const echo: Parameters<typeof startBastion>[1] = async ({ client }) => {
    client.stdin.on('data', (chunk: Buffer) => {
      if (client.stdout.writable) client.stdout.write(chunk)
    })
    await Promise.race([new Promise(resolve => client.stdin.once('close', resolve)), client.gone])
    await client.finish({ status: 0 })
  }
  const bastion = await startBastion(keyring, echo, NO_LIMIT)
  const loopback = { address: Uint8Array.of(127, 0, 0, 0), prefixBits: 8 }
  const balanced = await startBastion(keyring, echo, NO_LIMIT, { balancers: [loopback] })
  const attacks: FrontAttack[] = [
    ...attacksOn(bastion.front.address.port, loginOf(keyring.certify())),
    {
      name: 'PROXY headers',
      async fire(roll) {
        const header = damaged(PROXY_HEADERS, roll)
        const banner = Buffer.from(`${RAW_BANNER}\r\n`)
        await say(balanced.front.address.port, Buffer.concat([header, banner]))
        return 1
      },
    },
  ]
  return {
    attacks,
    bastion,
    balanced,
    async close() {
      await Promise.all([bastion.close(), balanced.close()])
    },
  }
}

/** Whoever can connect, and whoever can log in as well. */
export function attacksOn(port: number, login: CertifiedLogin): FrontAttack[] {
  const strangers = beforeLogin(login.certificate)
  return [
    {
      name: 'packets in the clear',
      async fire(roll) {
        const banner = roll(4) === 0 ? mutate([Buffer.from(`${RAW_BANNER}\r\n`)], roll) : null
        const packets = several(roll, 5, () => plainPacket(damaged(inTheClear, roll)))
        const stream = Buffer.concat([banner ?? Buffer.from(`${RAW_BANNER}\r\n`), ...packets])
        await say(port, roll(3) === 0 ? mutate([stream], roll) : stream)
        return packets.length
      },
    },
    {
      name: 'packets under a cipher, before the login',
      async fire(roll) {
        const peer = await rawPeer(port)
        if ((await exchangeKeys(peer)) === null) throw new Error('no key exchange')
        const packets = several(roll, 6, () => damaged(strangers, roll))
        for (const packet of packets) peer.send(packet)
        await hearOut(peer)
        return packets.length
      },
    },
    {
      name: 'packets whose seal is broken',
      async fire(roll) {
        const peer = await rawPeer(port)
        const sessionId = await exchangeKeys(peer)
        if (sessionId === null) throw new Error('no key exchange')
        const noise = Buffer.from(damaged(strangers, roll))
        peer.socket.write(roll(2) === 0 ? noise : Buffer.concat([uint32(noise.length), noise]))
        await hearOut(peer)
        return 1
      },
    },
    {
      name: 'packets of an agent that has logged in',
      async fire(roll) {
        const peer = await rawPeer(port)
        const sessionId = await exchangeKeys(peer)
        if (sessionId === null || !(await logIn(peer, sessionId, login)))
          throw new Error('no login')
        const packets = several(roll, 30, () => damaged(afterLogin?.seeds ?? [], roll))
        for (const packet of packets) peer.send(packet)
        await hearOut(peer)
        return packets.length
      },
    },
  ]
}

/** Half of them whole: states that take several good packets are reached, too. */
function damaged(seeds: readonly Uint8Array[], roll: Dice): Uint8Array {
  return roll(2) === 0 ? (seeds[roll(seeds.length)] ?? new Uint8Array()) : mutate(seeds, roll)
}

function several<Item>(roll: Dice, most: number, make: () => Item): Item[] {
  return Array.from({ length: 1 + roll(most) }, make)
}

/** Closes our side and waits until the other closes its own; by then it may use keys that we did not take up. */
function hearOut({ socket }: RawPeer): Promise<void> {
  return new Promise(resolve => {
    if (socket.closed) return resolve()
    socket.once('close', () => resolve())
    socket.removeAllListeners('data')
    socket.resume()
    socket.end()
  })
}

function say(port: number, bytes: Uint8Array): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
}
