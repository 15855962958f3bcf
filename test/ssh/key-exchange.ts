import { createHash, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { WireReader } from '../../server/core/ssh-wire/reader.ts'
import { byte, MESSAGE, string } from '../../server/ssh/connection/wire.ts'
import type { CertifiedLogin } from '../../server/ssh/repairs/user-certificates.ts'
import { gcmPackets, kexinit } from './packets.ts'
import { RAW_BANNER, type RawPeer } from './raw-peer.ts'

const KEXINIT = 20
const NEWKEYS = 21
const ECDH_INIT = 30
const ECDH_REPLY = 31
const SERVICE_REQUEST = 5
const SERVICE_ACCEPT = 6
const USERAUTH_SUCCESS = 52

const OFFER = kexinit('curve25519-sha256,ext-info-c')

/**
 * A client's whole key exchange (RFC 8731), the first or another. Whether the server is the right one is
 * not looked at. Returns the session id, or null where the server has closed instead.
 */
export async function exchangeKeys(
  peer: RawPeer,
  sessionId: Buffer | null = null,
): Promise<Buffer | null> {
  const pair = generateKeyPairSync('x25519')
  const ours = rawKey(pair.publicKey.export({ type: 'spki', format: 'der' }))
  peer.send(OFFER)
  const theirOffer = await nextOf(peer, KEXINIT)
  peer.send(byte(ECDH_INIT), string(ours))
  const reply = await nextOf(peer, ECDH_REPLY)
  if (theirOffer === null || reply === null) return null

  const fields = new WireReader(reply.subarray(1))
  const hostKey = fields.string('host key')
  const theirs = fields.string('public key')
  const shared = diffieHellman({
    privateKey: pair.privateKey,
    publicKey: createPublicKey({ key: spki(theirs), format: 'der', type: 'spki' }),
  })
  const secret = mpint(shared)
  const hash = sha256(
    string(RAW_BANNER),
    string(peer.banner()),
    string(OFFER),
    string(theirOffer),
    string(hostKey),
    string(ours),
    string(theirs),
    secret,
  )
  const id = sessionId ?? hash
  const derive = (letter: string, length: number): Buffer =>
    sha256(secret, hash, Buffer.from(letter), id).subarray(0, length)

  peer.send(byte(NEWKEYS))
  peer.changeKeys({ out: gcmPackets(derive('C', 16), derive('A', 12)) })
  if ((await nextOf(peer, NEWKEYS)) === null) return null
  peer.changeKeys({ in: gcmPackets(derive('D', 16), derive('B', 12)) })
  return id
}

/** Logs in over exchanged keys; false where the server will not have it. */
export async function logIn(
  peer: RawPeer,
  sessionId: Buffer,
  login: CertifiedLogin,
): Promise<boolean> {
  peer.send(byte(SERVICE_REQUEST), string('ssh-userauth'))
  if ((await nextOf(peer, SERVICE_ACCEPT)) === null) return false
  const request = Buffer.concat([
    byte(MESSAGE.userauthRequest),
    ...['box', 'ssh-connection', 'publickey'].map(text => string(text)),
    byte(1),
    string(login.algorithm),
    string(login.certificate),
  ])
  peer.send(request, string(login.sign(Buffer.concat([string(sessionId), request]))))
  return (await nextOf(peer, USERAUTH_SUCCESS)) !== null
}

/** The next message of this kind, whatever comes before it. */
export async function nextOf(peer: RawPeer, kind: number): Promise<Buffer | null> {
  for (;;) {
    const payload = await peer.next()
    if (payload === null || payload[0] === kind) return payload
  }
}

const SPKI = Buffer.from('302a300506032b656e032100', 'hex')

function spki(key: Uint8Array): Buffer {
  return Buffer.concat([SPKI, key])
}

function rawKey(der: Buffer): Buffer {
  return der.subarray(-32)
}

/** RFC 4251 §5: no needless zeros, and one before a set first bit. */
function mpint(bytes: Buffer): Buffer {
  const first = bytes.findIndex(value => value !== 0)
  const number = bytes.subarray(first === -1 ? bytes.length : first)
  return string((number[0] ?? 0) & 0x80 ? Buffer.concat([byte(0), number]) : number)
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
