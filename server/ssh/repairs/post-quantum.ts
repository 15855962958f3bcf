import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import constants from 'ssh2/lib/protocol/constants.js'
import handlers from 'ssh2/lib/protocol/handlers.js'
import type { KeyExchange, Protocol } from 'ssh2/lib/protocol/Protocol.js'
import { string } from '../connection/wire.ts'
import { acted } from './acted.ts'
import { agreedKex, isMarker, LISTS_AT, lookAtKexinit, readFirstLists } from './kexinit.ts'
import type { Undo } from './repair.ts'

/** draft-ietf-sshm-mlkem-hybrid-kex: ML-KEM-768 and X25519 together, so that breaking one is not enough. */
export const POST_QUANTUM_KEX = 'mlkem768x25519-sha256'

/** What ssh2 believes it does: the frame of the exchange (SHA-256, one message each way) is the same. */
const STAND_IN = 'curve25519-sha256'

const KEXINIT = 20
/** FIPS 203 §8. */
const ENCAPSULATION_KEY_BYTES = 1184
const CIPHERTEXT_BYTES = 1088
const X25519_BYTES = 32

/** What stands before the 32 bytes of a key in its SubjectPublicKeyInfo (RFC 8410 §4). */
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex')

/** The peer's KEXINIT as it came, where the post-quantum exchange was agreed on. */
const agreed = new WeakMap<Protocol, Buffer>()

/**
 * Fault: ssh2 knows no post-quantum key exchange; OpenSSH 10 warns its user of that, and what is recorded
 * on the wire today can be read once there is a machine for it.
 *
 * ssh2 picks its exchange by name in code that cannot be reached. So where both sides want this one, it is
 * shown a KEXINIT that offers only its own X25519 exchange, and that exchange is then given this one's
 * arithmetic. The exchange hash is made of the KEXINIT as it came.
 */
export function addPostQuantumKex(): Undo {
  const forget = lookAtKexinit((protocol, payload) => {
    const lists = readFirstLists(payload)
    if (lists === null || agreedKex(protocol, lists.kex) !== POST_QUANTUM_KEX) return payload
    agreed.set(protocol, payload)
    return withOnlyStandIn(payload, lists.kex)
  })
  const unpatch = patchStart()
  constants.SUPPORTED_KEX.push(POST_QUANTUM_KEX)
  return () => {
    forget()
    unpatch()
    constants.SUPPORTED_KEX.splice(constants.SUPPORTED_KEX.indexOf(POST_QUANTUM_KEX), 1)
  }
}

/** The peer's KEXINIT as if it knew only the stand-in. */
function withOnlyStandIn(payload: Buffer, list: readonly string[]): Buffer {
  const names = [STAND_IN, ...list.filter(isMarker)]
  const length = payload.readUInt32BE(LISTS_AT)
  return Buffer.concat([
    payload.subarray(0, LISTS_AT),
    string(names.join(',')),
    payload.subarray(LISTS_AT + 4 + length),
  ])
}

/** ssh2 calls `start` once it has made the exchange and before it computes anything. */
function patchStart(): Undo {
  const exchange = standInPrototype()
  const original = Object.getOwnPropertyDescriptor(exchange, 'start')
  // oxlint-disable-next-line typescript/unbound-method -- called with the exchange as `this` below
  const inherited = exchange.start
  exchange.start = function start(this: KeyExchange) {
    const kexinit = agreed.get(this._protocol)
    if (kexinit !== undefined) {
      agreed.delete(this._protocol)
      acted('post-quantum')
      this._remoteKexinit = kexinit
      this.negotiated.kex = POST_QUANTUM_KEX
      Object.assign(this, arithmetic(this._protocol._server))
    }
    inherited.call(this)
  }
  return () => {
    if (original === undefined) Reflect.deleteProperty(exchange, 'start')
    else Object.defineProperty(exchange, 'start', original)
  }
}

/** The class is private to ssh2: one instance is made, by a negotiation that leads nowhere, to ask for its class. */
function standInPrototype(): KeyExchange {
  const lists = [STAND_IN, 'ssh-ed25519', 'aes128-ctr', 'aes128-ctr', 'hmac-sha2-256']
  const rest = ['hmac-sha2-256', 'none', 'none', '', '']
  const kexinit = Buffer.concat([
    Buffer.alloc(LISTS_AT, KEXINIT),
    ...[...lists, ...rest].map(list => string(list)),
    Buffer.alloc(5),
  ])
  const list = (name: string): { array: string[] } => ({ array: [name] })
  const direction = {
    cipher: list('aes128-ctr'),
    mac: list('hmac-sha2-256'),
    compress: list('none'),
  }
  const nobody = {
    _server: true,
    _compatFlags: 0,
    _offer: {
      lists: {
        kex: list(STAND_IN),
        serverHostKey: list('ssh-ed25519'),
        cs: direction,
        sc: direction,
      },
    },
    _kex: undefined as KeyExchange | undefined,
  }
  handlers[KEXINIT]?.(nobody as never, kexinit)
  if (nobody._kex === undefined) throw new Error('ssh2 made no key exchange to look at')
  return Object.getPrototypeOf(nobody._kex) as KeyExchange
}

type Arithmetic = Pick<
  KeyExchange,
  'generateKeys' | 'getPublicKey' | 'convertPublicKey' | 'computeSecret'
>

/** The draft's §2: both halves side by side in each message, both secrets in one hash. */
function arithmetic(isServer: boolean): Arithmetic {
  const classical = generateKeyPairSync('x25519')
  const kem = isServer ? null : ml_kem768.keygen()
  /** The server's half, known once the client's has come. */
  let ciphertext: Uint8Array = new Uint8Array()

  return {
    generateKeys: () => undefined,
    getPublicKey: () =>
      Buffer.concat([kem?.publicKey ?? ciphertext, rawPublicKey(classical.publicKey)]),
    convertPublicKey: key => key,
    computeSecret(theirs) {
      const expected = (isServer ? ENCAPSULATION_KEY_BYTES : CIPHERTEXT_BYTES) + X25519_BYTES
      if (theirs.length !== expected)
        return new Error(`${theirs.length} bytes instead of ${expected}`)
      const quantumHalf = Uint8Array.from(theirs.subarray(0, -X25519_BYTES))
      try {
        let quantumSecret: Uint8Array
        if (kem === null) {
          const capsule = ml_kem768.encapsulate(quantumHalf)
          ciphertext = capsule.cipherText
          quantumSecret = capsule.sharedSecret
        } else {
          quantumSecret = ml_kem768.decapsulate(quantumHalf, kem.secretKey)
        }
        const classicalSecret = diffieHellman({
          privateKey: classical.privateKey,
          publicKey: publicKeyOf(theirs.subarray(-X25519_BYTES)),
        })
        // A string of its own and not, as elsewhere, a number: leading zeros stay.
        return createHash('sha256').update(quantumSecret).update(classicalSecret).digest()
      } catch (error) {
        // The peer's half is no key; ssh2 ends the connection with what is returned.
        return error instanceof Error ? error : new Error(String(error))
      }
    },
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-X25519_BYTES)
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.concat([X25519_SPKI, bytes]),
    format: 'der',
    type: 'spki',
  })
}
