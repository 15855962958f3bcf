import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { trustIn } from '../../support/token-desk.ts'
import { makeIssuerKey, sendJson, TokenIssuer, type IssuerKey } from '../../support/token-issuer.ts'
import { CertificateBench } from './certificate-bench.ts'

describe('a token', () => {
  let honest: IssuerKey
  before(async () => {
    honest = await makeIssuerKey('key-2')
  })

  for (const [what, set, because] of [
    [
      'a secret among its keys',
      () => ({ keys: [{ kty: 'oct', kid: 'key-2', k: 'AAAA', alg: 'HS256' }] }),
      'key-unknown',
    ],
    [
      'a private key',
      async () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
        return { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'key-2', alg: 'RS256' }] }
      },
      'keys-unavailable',
    ],
    [
      'a key of 1024 bits',
      async () => {
        const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
        return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-2', alg: 'RS256' }] }
      },
      'keys-unavailable',
    ],
    [
      'two keys under one id',
      async () => {
        const keys = await Promise.all([makeIssuerKey('key-2'), makeIssuerKey('key-2')])
        return { keys: keys.map(({ publicJwk }) => publicJwk) }
      },
      'key-unknown',
    ],
    [
      'a key for encryption',
      async () => ({ keys: [{ ...(await makeIssuerKey('key-2')).publicJwk, use: 'enc' }] }),
      'key-unknown',
    ],
    ['no keys', () => ({ keys: [] }), 'key-unknown'],
    ['something else than keys', () => ({ error: 'maintenance' }), 'keys-unavailable'],
    [
      'a thousand keys',
      async () => ({ keys: Array.from({ length: 1000 }, () => honest.publicJwk) }),
      'keys-unavailable',
    ],
    ['a megabyte', () => ({ keys: [], load: 'x'.repeat(1 << 20) }), 'keys-unavailable'],
  ] as const) {
    it(`is refused when its issuer publishes ${what}: ${because}`, async () => {
      const careless = await TokenIssuer.start(await makeIssuerKey('key-2'))
      careless.published = await set()
      const bench = await CertificateBench.start({ issuers: [trustIn(careless)] })
      try {
        assert.equal((await bench.trade(await careless.token())).error, because)
      } finally {
        await bench.end()
        await careless.close()
      }
    })
  }

  it('is refused when its issuer sends us elsewhere for the keys', async () => {
    const moved = await TokenIssuer.start(await makeIssuerKey('key-2'))
    const attacker = await TokenIssuer.start(moved.key)
    moved.pages.set('/jwks', (_request, response) =>
      response.writeHead(302, { location: attacker.jwksUrl }).end(),
    )
    attacker.pages.set('/jwks', (_request, response) => sendJson(response, attacker.published))
    const bench = await CertificateBench.start({ issuers: [trustIn(moved)] })
    assert.equal((await bench.trade(await moved.token())).error, 'keys-unavailable')
    assert.equal(attacker.asked, 0)
    await bench.end()
    await Promise.all([moved, attacker].map(one => one.close()))
  })
})
