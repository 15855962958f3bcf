import { createHmac } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { makeIssuerKey, signText } from '../../support/token-issuer.ts'
import type { Attack, AttackScene } from './attack-scene.ts'

/** On how a token is made, by whom it is signed and which key it points to. */
export const formatAttacks = (at: AttackScene): Attack[] => [
  [
    'algorithm none, without a signature',
    'token-unreadable',
    () => at.handmade({ alg: 'none' }, at.honest(), '').slice(0, -1),
  ],
  [
    'algorithm none, with an empty signature',
    'token-algorithm',
    () => at.handmade({ alg: 'none' }, at.honest(), ''),
  ],
  [
    'algorithm None, with a signature',
    'token-algorithm',
    () => at.handmade({ alg: 'None' }, at.honest()),
  ],
  [
    'HS256 with the public key as the secret',
    'token-algorithm',
    async () => {
      const signed = at.handmade({ alg: 'HS256', kid: 'key-1' }, at.honest(), '').slice(0, -1)
      const mac = createHmac('sha256', await at.publicPem())
        .update(signed)
        .digest('base64url')
      return `${signed}.${mac}`
    },
  ],
  [
    'an algorithm that the issuer is not listed with',
    'token-algorithm',
    async () => {
      const key = await makeIssuerKey('key-1', 'PS256')
      return at.issuer.token({}, {}, key)
    },
  ],
  ['no algorithm', 'token-unreadable', () => at.handmade({ kid: 'key-1' }, at.honest())],
  [
    'an algorithm that does not fit the key',
    'key-unknown',
    () => at.handmade({ alg: 'ES256', kid: 'key-1' }, at.honest()),
  ],
  [
    'no signature',
    'token-unreadable',
    async () => (await at.issuer.token()).split('.').slice(0, 2).join('.'),
  ],
  [
    'an empty signature',
    'signature-wrong',
    async () => `${(await at.issuer.token()).split('.').slice(0, 2).join('.')}.`,
  ],
  [
    'another payload under a good signature',
    'signature-wrong',
    async () => {
      const [header, , signature] = (await at.issuer.token({ sub: 'another' })).split('.')
      return [header, Buffer.from(at.payload({})).toString('base64url'), signature].join('.')
    },
  ],
  [
    'a signature by a key of the same id that was never published',
    'signature-wrong',
    () => at.issuer.token({}, {}, at.unpublished),
  ],
  ['an issuer nobody listed', 'issuer-unknown', () => at.stranger.token()],
  [
    'the issuer with a slash behind it',
    'issuer-unknown',
    () => at.issuer.token({ iss: `${at.issuer.url}/` }),
  ],
  [
    'the issuer in capitals',
    'issuer-unknown',
    () => at.issuer.token({ iss: at.issuer.url.toUpperCase() }),
  ],
  [
    'two issuers in a list',
    'claim-unusable',
    () => at.issuer.token({ iss: [at.issuer.url, at.other.url] }),
  ],
  ['no issuer', 'claim-missing', () => at.issuer.token({ iss: undefined })],
  ["another trusted issuer's key", 'key-unknown', () => at.issuer.token({}, {}, at.other.key)],
  [
    "another trusted issuer's key under this one's key id",
    'signature-wrong',
    () => at.issuer.token({}, { kid: 'key-1' }, at.other.key),
  ],
  [
    'a key id that is a path',
    'key-unknown',
    () => at.issuer.token({}, { kid: '../../../../etc/passwd' }),
  ],
  [
    'a key id that is a URL',
    'key-unknown',
    () => at.issuer.token({}, { kid: at.stranger.jwksUrl }),
  ],
  [
    'a key id with a query in it',
    'key-unknown',
    () => at.issuer.token({}, { kid: "key-1' or '1'='1" }),
  ],
  ['a key id with a zero byte', 'key-unknown', () => at.issuer.token({}, { kid: 'key-1\0' })],
  ['a key id called __proto__', 'key-unknown', () => at.issuer.token({}, { kid: '__proto__' })],
  [
    'a key id that is a list',
    'token-unreadable',
    () => at.handmade({ alg: 'RS256', kid: ['key-1'] }, at.honest()),
  ],
  ['an endless key id', 'token-unreadable', () => at.issuer.token({}, { kid: 'k'.repeat(2000) })],
  [
    'jku, a key set of its own',
    'token-header',
    () => at.stranger.token({ iss: at.issuer.url }, { jku: at.stranger.jwksUrl }),
  ],
  [
    'x5u, a certificate of its own',
    'token-header',
    () => at.stranger.token({ iss: at.issuer.url }, { x5u: `${at.stranger.url}/cert` }),
  ],
  [
    'jwk, a key of its own',
    'token-header',
    () => at.stranger.token({ iss: at.issuer.url }, { jwk: at.stranger.key.publicJwk }),
  ],
  [
    'x5c, a chain of its own',
    'token-header',
    () => at.stranger.token({ iss: at.issuer.url }, { x5c: ['MIIB'] }),
  ],
  [
    'a critical extension nobody knows',
    'token-header',
    () => at.handmade({ alg: 'RS256', kid: 'key-1', crit: ['x-y'], 'x-y': 1 }, at.honest()),
  ],
  [
    'an empty list of critical extensions',
    'token-header',
    () => at.handmade({ alg: 'RS256', kid: 'key-1', crit: [] }, at.honest()),
  ],
  [
    'an unencoded payload (b64 false)',
    'token-header',
    () => at.handmade({ alg: 'RS256', kid: 'key-1', b64: false, crit: ['b64'] }, at.honest()),
  ],
  [
    'a compressed payload',
    'token-header',
    () => at.handmade({ alg: 'RS256', kid: 'key-1', zip: 'DEF' }, at.honest()),
  ],
  [
    'an encrypted token',
    'token-unreadable',
    async () =>
      new CompactEncrypt(Buffer.from(at.payload({})))
        .setProtectedHeader({ alg: 'dir', enc: 'A128GCM' })
        .encrypt(Buffer.alloc(16)),
  ],
  [
    'a token inside a token',
    'token-unreadable',
    async () => signText(await at.issuer.token(), { cty: 'JWT' }, at.issuer.key),
  ],
  [
    'a token inside a token that does not say so',
    'token-unreadable',
    async () => signText(JSON.stringify(await at.issuer.token()), {}, at.issuer.key),
  ],
  ['a type for signing out', 'token-type', () => at.issuer.token({}, { typ: 'logout+jwt' })],
  ['a type for proving possession', 'token-type', () => at.issuer.token({}, { typ: 'dpop+jwt' })],
  [
    'a type in media type form',
    'token-type',
    () => at.issuer.token({}, { typ: 'application/secevent+jwt' }),
  ],
  [
    'a type that is a number',
    'token-unreadable',
    () => at.handmade({ alg: 'RS256', typ: 7 }, at.honest()),
  ],
  [
    'a claim twice',
    'token-unreadable',
    () =>
      signText(
        at.payload({ sub: 'nobody' }).replace(/}$/, ',"sub":"somebody"}'),
        {},
        at.issuer.key,
      ),
  ],
  [
    'a claim twice, once with an escape',
    'token-unreadable',
    () =>
      signText(
        at.payload({ sub: 'nobody' }).replace(/}$/, String.raw`,"s\u0075b":"somebody"}`),
        {},
        at.issuer.key,
      ),
  ],
  [
    'a claim twice, deep inside',
    'token-unreadable',
    () => signText(at.payload({}).replace(/}$/, ',"a":[{"b":1,"b":2}]}'), {}, at.issuer.key),
  ],
  [
    'a header member twice',
    'token-unreadable',
    () => {
      const header = Buffer.from('{"alg":"none","alg":"RS256","kid":"key-1"}').toString('base64url')
      return [header, Buffer.from(at.payload({})).toString('base64url'), 'AAAA'].join('.')
    },
  ],
  ['8 KB and a byte', 'token-too-large', () => 'a'.repeat(8193)],
  ['claims of 9 KB', 'token-too-large', () => at.issuer.token({ load: 'x'.repeat(9000) })],
  [
    'lists within lists within lists',
    'signature-wrong',
    () =>
      // Read to the end without falling over; the signature then is nobody's.
      at.handmade(
        { alg: 'RS256', kid: 'key-1' },
        { ...at.honest(), a: JSON.parse(`${'['.repeat(2500)}${']'.repeat(2500)}`) },
      ),
  ],
  ['a list for a payload', 'token-unreadable', () => signText('[]', {}, at.issuer.key)],
  ['null for a payload', 'token-unreadable', () => signText('null', {}, at.issuer.key)],
  [
    'bytes that are no UTF-8',
    'token-unreadable',
    async () => {
      const [header = ''] = (await at.issuer.token()).split('.')
      return [header, Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url'), 'AAAA'].join('.')
    },
  ],
  [
    'base64 with padding',
    'token-unreadable',
    async () => {
      const [header, claims, signature] = (await at.issuer.token()).split('.')
      return [`${header}==`, claims, signature].join('.')
    },
  ],
  ['a line break at its end', 'token-unreadable', async () => `${await at.issuer.token()}\n`],
  ['nothing', 'token-unreadable', () => ''],
  ['dots only', 'token-unreadable', () => '..'],
]
