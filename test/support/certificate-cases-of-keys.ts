import type { KeyType } from '../../server/core/ssh-wire/public-key.ts'
import { WireReader } from '../../server/core/ssh-wire/reader.ts'
import { WireWriter } from '../../server/core/ssh-wire/writer.ts'
import {
  ca,
  type CertificateCase,
  key,
  nextCa,
  rsa,
  securityKey,
  shortCa,
  stranger,
} from './certificate-case.ts'
import { flag, type Forgery, forgeCertificate } from './forged-certificate.ts'
import { KEY_TYPES, softwareKey } from './software-keys.ts'

/** Who certified, who was certified, who signed, and whether the bytes are whole. */

const ACCEPTED = 'accepted'

export function keyTypes(): CertificateCase[] {
  const short = softwareKey('ssh-rsa', 'a', 2048)
  const offers = (name: string) => `${name}-cert-v01@openssh.com`
  return [
    ...KEY_TYPES.map(
      type => ({ name: `a ${type} key`, key: softwareKey(type), ours: ACCEPTED }) as const,
    ),
    ...KEY_TYPES.map(
      type =>
        ({
          name: `a ${type} CA`,
          forgery: { ca: softwareKey(type, 'ca') },
          ours: ACCEPTED,
        }) as const,
    ),
    {
      name: 'RSA, rsa-sha2-256',
      key: rsa,
      algorithm: offers('rsa-sha2-256'),
      signing: { algorithm: 'rsa-sha2-256' },
      ours: ACCEPTED,
    },
    {
      name: 'RSA, SHA-1',
      key: rsa,
      algorithm: offers('ssh-rsa'),
      signing: { algorithm: 'ssh-rsa' },
      ours: 'algorithm-not-accepted',
    },
    { name: 'RSA of 2048 bits', key: short, ours: 'rsa-too-short' },
    {
      name: 'a CA of RSA 2048',
      forgery: { ca: shortCa },
      ours: 'rsa-too-short',
      stricter: 'sshd asks RequiredRSASize of the user’s key only',
    },
    {
      name: 'a CA signature by rsa-sha2-256',
      forgery: rsaSigned('rsa-sha2-256'),
      ours: ACCEPTED,
    },
    {
      name: 'a CA signature with SHA-1',
      forgery: rsaSigned('ssh-rsa'),
      ours: 'ca-signature-algorithm',
    },
    {
      name: 'a plain key',
      damage: () => key.publicKey.blob,
      algorithm: 'ssh-ed25519',
      ours: 'not-a-certificate',
    },
    { name: 'a plain key as a certificate', damage: () => key.publicKey.blob, ours: 'unreadable' },
    { name: 'a certificate as a plain key', algorithm: 'ssh-ed25519', ours: 'named-as-plain-key' },
    { name: 'ed25519 as RSA', algorithm: offers('rsa-sha2-512'), ours: 'unreadable' },
    {
      name: 'P-256 as P-384',
      key: softwareKey('ecdsa-sha2-nistp256'),
      algorithm: offers('ecdsa-sha2-nistp384'),
      ours: 'unreadable',
    },
    {
      name: 'an algorithm nobody knows',
      algorithm: 'ssh-made-up-cert-v01@example',
      ours: 'algorithm-not-accepted',
    },
  ]
}

export function trust(): CertificateCase[] {
  const certifiedCa = forgeCertificate({ key: ca.publicKey, ca, validBefore: 2n ** 63n })
  return [
    { name: 'a host certificate', forgery: { type: 2 }, ours: 'not-a-user-certificate' },
    { name: 'a CA nobody trusts', forgery: { ca: stranger }, ours: 'ca-not-trusted' },
    { name: 'the next CA beside the old one', forgery: { ca: nextCa }, ours: ACCEPTED },
    {
      name: 'a trusted CA’s name, a stranger’s signature',
      forgery: { sign: bytes => stranger.sign(bytes) },
      ours: 'ca-signature-wrong',
    },
    {
      name: 'a CA signature over other bytes',
      forgery: { sign: bytes => ca.sign(bytes.subarray(1)) },
      ours: 'ca-signature-wrong',
    },
    { name: 'no CA signature', forgery: { sign: () => new Uint8Array() }, ours: 'unreadable' },
    {
      name: 'a CA signature with a byte behind it',
      forgery: { sign: bytes => Buffer.concat([ca.sign(bytes), Uint8Array.of(0)]) },
      ours: 'unreadable',
    },
    {
      name: 'a CA signature under another name',
      forgery: { sign: bytes => ca.sign(bytes, { algorithm: 'rsa-sha2-512' }) },
      ours: 'ca-signature-wrong',
    },
    {
      name: 'a CA that is itself a certificate',
      forgery: { signatureKey: certifiedCa },
      ours: 'unreadable',
    },
    { name: 'signed by its own key', forgery: { ca: key }, ours: 'ca-not-trusted' },
    { name: 'a CA’s security key that nobody touched', forgery: untouchedCa(), ours: ACCEPTED },
  ]
}

export function proofs(): CertificateCase[] {
  const verify = { criticalOptions: [flag('verify-required')] }
  const untouched = { extensions: [flag('no-touch-required')] }
  const wrong: CertificateCase['ours'] = 'signature-wrong'
  const offered = 'rsa-sha2-512-cert-v01@openssh.com'
  return [
    ...KEY_TYPES.map((type: KeyType): CertificateCase => {
      const thief = softwareKey(type, 'thief')
      return {
        name: `somebody else’s ${type} signature`,
        key: softwareKey(type),
        proof: bytes => thief.sign(bytes),
        ours: wrong,
      }
    }),
    { name: 'a key offered but not proven', proof: null, ours: 'signature-unreadable' },
    { name: 'an empty signature', proof: () => new Uint8Array(), ours: 'signature-unreadable' },
    {
      name: 'a signature over another session',
      proof: bytes => key.sign(bytes.subarray(4)),
      ours: wrong,
    },
    {
      name: 'a signature with a byte behind it',
      proof: bytes => Buffer.concat([key.sign(bytes), Uint8Array.of(0)]),
      ours: 'signature-unreadable',
    },
    {
      name: 'a signature under another name',
      signing: { algorithm: 'rsa-sha2-512' },
      ours: 'signature-algorithm',
    },
    {
      name: 'RSA: 512 offered, 256 signed',
      key: rsa,
      algorithm: offered,
      signing: { algorithm: 'rsa-sha2-256' },
      ours: 'signature-algorithm',
    },
    {
      name: 'RSA: 512 offered, SHA-1 signed',
      key: rsa,
      algorithm: offered,
      signing: { algorithm: 'ssh-rsa' },
      ours: 'signature-algorithm',
    },
    {
      name: 'a security key, not touched',
      key: securityKey,
      signing: { flags: 0 },
      ours: 'touch-missing',
    },
    {
      name: 'a security key, verified, not touched',
      key: securityKey,
      signing: { flags: 4 },
      ours: 'touch-missing',
    },
    {
      name: 'a security key that need not be touched',
      key: securityKey,
      forgery: untouched,
      signing: { flags: 0 },
      ours: ACCEPTED,
    },
    {
      name: 'verify-required, not verified',
      key: securityKey,
      forgery: verify,
      ours: 'verification-missing',
    },
    {
      name: 'verify-required, verified',
      key: securityKey,
      forgery: verify,
      signing: { flags: 5 },
      ours: ACCEPTED,
    },
  ]
}

export function shapes(): CertificateCase[] {
  return [
    {
      name: 'a byte too many',
      damage: blob => Buffer.concat([blob, Uint8Array.of(0)]),
      ours: 'unreadable',
    },
    { name: 'a byte too few', damage: blob => blob.subarray(0, -1), ours: 'unreadable' },
    { name: 'nothing', damage: () => new Uint8Array(), ours: 'unreadable' },
    { name: 'type 0', forgery: { type: 0 }, ours: 'unreadable' },
    { name: 'a NUL in the key id', forgery: { keyId: 'a\0b' }, ours: 'unreadable' },
    { name: 'an empty key id', forgery: { keyId: '' }, ours: ACCEPTED },
    { name: 'an empty nonce', forgery: { nonce: new Uint8Array() }, ours: ACCEPTED },
    { name: 'something reserved', forgery: { reserved: Uint8Array.of(1) }, ours: ACCEPTED },
    {
      name: 'a key id that is not UTF-8',
      forgery: { keyId: Uint8Array.of(0xfc) },
      ours: 'unreadable',
      stricter: 'what is no text cannot be shown or searched',
    },
    {
      name: 'an RSA modulus with a needless zero',
      key: { ...rsa, publicKey: { ...rsa.publicKey, blob: padded(rsa.publicKey.blob) } },
      ours: 'unreadable',
      stricter: 'one key, one fingerprint',
    },
  ]
}

function rsaSigned(algorithm: string): Partial<Forgery> {
  const rsaCa = softwareKey('ssh-rsa', 'ca')
  return { ca: rsaCa, sign: bytes => rsaCa.sign(bytes, { algorithm }) }
}

function untouchedCa(): Partial<Forgery> {
  const skCa = softwareKey('sk-ssh-ed25519@openssh.com', 'ca')
  return { ca: skCa, sign: bytes => skCa.sign(bytes, { flags: 0 }) }
}

/** The same number in a longer spelling. */
function padded(rsaBlob: Uint8Array): Uint8Array {
  const fields = new WireReader(rsaBlob)
  const [type, exponent, modulus] = [fields.string('type'), fields.string('e'), fields.string('n')]
  const longer = Buffer.concat([Uint8Array.of(0), modulus])
  return new WireWriter().string(type).string(exponent).string(longer).bytes()
}
