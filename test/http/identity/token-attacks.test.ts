import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { CompactEncrypt, exportSPKI, importJWK, type CryptoKey } from 'jose'
import type { JournalEvent } from '../../../server/core/audit/events.ts'
import { plainPage, startBrowserPart, type BrowserPart } from '../../support/browser-part.ts'
import { memoryJournal } from '../../support/memory-archive.ts'
import { ask, type Reply } from '../../support/raw-http.ts'
import { memoryDesk, trustIn } from '../../support/token-desk.ts'
import {
  makeIssuerKey,
  sendJson,
  signText,
  TokenIssuer,
  type IssuerKey,
} from '../../support/token-issuer.ts'

const page = plainPage()
const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5YkkZ3vYV0pDk0t3gIhcwmVtEYWkYFEpFGHqXFbTf2'

type Attack = () => Promise<string> | string

describe('a token that is not what it should be', () => {
  let issuer: TokenIssuer
  let other: TokenIssuer
  let stranger: TokenIssuer
  let unpublished: IssuerKey
  let part: BrowserPart

  before(async () => {
    issuer = await TokenIssuer.start()
    other = await TokenIssuer.start(await makeIssuerKey('other-key'))
    stranger = await TokenIssuer.start(await makeIssuerKey('key-1'))
    unpublished = await makeIssuerKey('key-1')
    const journal = memoryJournal()
    part = await startBrowserPart([], page.folder, {
      journal,
      tokens: memoryDesk(journal, {
        issuers: [trustIn(issuer), trustIn(other)],
        limits: { perMinute: 10_000, perMinutePerAddress: 10_000 },
      }),
    })
    journalOf = () => journal.events
  })
  after(async () => {
    await part.close()
    await Promise.all([issuer, other, stranger].map(one => one.close()))
    page.remove()
  })

  let journalOf: () => readonly JournalEvent[]
  const now = (): number => Math.floor(Date.now() / 1000)
  const publicPem = async (): Promise<string> =>
    exportSPKI((await importJWK(issuer.key.publicJwk, 'RS256')) as CryptoKey)
  const post = (token: unknown): Promise<Reply> =>
    ask(part.url, {
      method: 'POST',
      path: '/api/certificates',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, publicKey: PUBLIC_KEY }),
    })

  it('differs from an honest one, which gets a certificate', async () => {
    const reply = await post(await issuer.token())
    assert.equal(reply.status, 200, reply.body)
    assert.deepEqual(Object.keys(JSON.parse(reply.body) as object), [
      'certificate',
      'agent',
      'task',
      'validBefore',
    ])
  })

  /** Signed by nobody: the third part is what an attacker writes. */
  const handmade = (header: object, claims: object, signature = 'AAAA'): string =>
    [header, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(signature)
      .join('.')
  const honest = (): object => ({
    iss: issuer.url,
    aud: 'sallyport',
    sub: 'somebody',
    iat: now(),
    nbf: now(),
    exp: now() + 300,
  })
  const payload = (change: object): string => JSON.stringify({ ...honest(), ...change })

  const attacks: [what: string, because: string, attack: Attack][] = [
    [
      'algorithm none, without a signature',
      'token-unreadable',
      () => handmade({ alg: 'none' }, honest(), '').slice(0, -1),
    ],
    [
      'algorithm none, with an empty signature',
      'token-algorithm',
      () => handmade({ alg: 'none' }, honest(), ''),
    ],
    [
      'algorithm None, with a signature',
      'token-algorithm',
      () => handmade({ alg: 'None' }, honest()),
    ],
    [
      'HS256 with the public key as the secret',
      'token-algorithm',
      async () => {
        const signed = handmade({ alg: 'HS256', kid: 'key-1' }, honest(), '').slice(0, -1)
        const mac = createHmac('sha256', await publicPem())
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
        return issuer.token({}, {}, key)
      },
    ],
    ['no algorithm', 'token-unreadable', () => handmade({ kid: 'key-1' }, honest())],
    [
      'an algorithm that does not fit the key',
      'key-unknown',
      () => handmade({ alg: 'ES256', kid: 'key-1' }, honest()),
    ],
    [
      'no signature',
      'token-unreadable',
      async () => (await issuer.token()).split('.').slice(0, 2).join('.'),
    ],
    [
      'an empty signature',
      'signature-wrong',
      async () => `${(await issuer.token()).split('.').slice(0, 2).join('.')}.`,
    ],
    [
      'another payload under a good signature',
      'signature-wrong',
      async () => {
        const [header, , signature] = (await issuer.token({ sub: 'another' })).split('.')
        return [header, Buffer.from(payload({})).toString('base64url'), signature].join('.')
      },
    ],
    [
      'a signature by a key of the same id that was never published',
      'signature-wrong',
      () => issuer.token({}, {}, unpublished),
    ],
    ['an issuer nobody listed', 'issuer-unknown', () => stranger.token()],
    [
      'the issuer with a slash behind it',
      'issuer-unknown',
      () => issuer.token({ iss: `${issuer.url}/` }),
    ],
    [
      'the issuer in capitals',
      'issuer-unknown',
      () => issuer.token({ iss: issuer.url.toUpperCase() }),
    ],
    [
      'two issuers in a list',
      'claim-unusable',
      () => issuer.token({ iss: [issuer.url, other.url] }),
    ],
    ['no issuer', 'claim-missing', () => issuer.token({ iss: undefined })],
    ["another trusted issuer's key", 'key-unknown', () => issuer.token({}, {}, other.key)],
    [
      "another trusted issuer's key under this one's key id",
      'signature-wrong',
      () => issuer.token({}, { kid: 'key-1' }, other.key),
    ],
    [
      'a key id that is a path',
      'key-unknown',
      () => issuer.token({}, { kid: '../../../../etc/passwd' }),
    ],
    ['a key id that is a URL', 'key-unknown', () => issuer.token({}, { kid: stranger.jwksUrl })],
    [
      'a key id with a query in it',
      'key-unknown',
      () => issuer.token({}, { kid: "key-1' or '1'='1" }),
    ],
    ['a key id with a zero byte', 'key-unknown', () => issuer.token({}, { kid: 'key-1\0' })],
    ['a key id called __proto__', 'key-unknown', () => issuer.token({}, { kid: '__proto__' })],
    [
      'a key id that is a list',
      'token-unreadable',
      () => handmade({ alg: 'RS256', kid: ['key-1'] }, honest()),
    ],
    ['an endless key id', 'token-unreadable', () => issuer.token({}, { kid: 'k'.repeat(2000) })],
    [
      'jku, a key set of its own',
      'token-header',
      () => stranger.token({ iss: issuer.url }, { jku: stranger.jwksUrl }),
    ],
    [
      'x5u, a certificate of its own',
      'token-header',
      () => stranger.token({ iss: issuer.url }, { x5u: `${stranger.url}/cert` }),
    ],
    [
      'jwk, a key of its own',
      'token-header',
      () => stranger.token({ iss: issuer.url }, { jwk: stranger.key.publicJwk }),
    ],
    [
      'x5c, a chain of its own',
      'token-header',
      () => stranger.token({ iss: issuer.url }, { x5c: ['MIIB'] }),
    ],
    [
      'a critical extension nobody knows',
      'token-header',
      () => handmade({ alg: 'RS256', kid: 'key-1', crit: ['x-y'], 'x-y': 1 }, honest()),
    ],
    [
      'an empty list of critical extensions',
      'token-header',
      () => handmade({ alg: 'RS256', kid: 'key-1', crit: [] }, honest()),
    ],
    [
      'an unencoded payload (b64 false)',
      'token-header',
      () => handmade({ alg: 'RS256', kid: 'key-1', b64: false, crit: ['b64'] }, honest()),
    ],
    [
      'a compressed payload',
      'token-header',
      () => handmade({ alg: 'RS256', kid: 'key-1', zip: 'DEF' }, honest()),
    ],
    [
      'an encrypted token',
      'token-unreadable',
      async () =>
        new CompactEncrypt(Buffer.from(payload({})))
          .setProtectedHeader({ alg: 'dir', enc: 'A128GCM' })
          .encrypt(Buffer.alloc(16)),
    ],
    [
      'a token inside a token',
      'token-unreadable',
      async () => signText(await issuer.token(), { cty: 'JWT' }, issuer.key),
    ],
    [
      'a token inside a token that does not say so',
      'token-unreadable',
      async () => signText(JSON.stringify(await issuer.token()), {}, issuer.key),
    ],
    ['a type for signing out', 'token-type', () => issuer.token({}, { typ: 'logout+jwt' })],
    ['a type for proving possession', 'token-type', () => issuer.token({}, { typ: 'dpop+jwt' })],
    [
      'a type in media type form',
      'token-type',
      () => issuer.token({}, { typ: 'application/secevent+jwt' }),
    ],
    [
      'a type that is a number',
      'token-unreadable',
      () => handmade({ alg: 'RS256', typ: 7 }, honest()),
    ],
    [
      'a claim twice',
      'token-unreadable',
      () =>
        signText(payload({ sub: 'nobody' }).replace(/}$/, ',"sub":"somebody"}'), {}, issuer.key),
    ],
    [
      'a claim twice, once with an escape',
      'token-unreadable',
      () =>
        signText(
          payload({ sub: 'nobody' }).replace(/}$/, String.raw`,"s\u0075b":"somebody"}`),
          {},
          issuer.key,
        ),
    ],
    [
      'a claim twice, deep inside',
      'token-unreadable',
      () => signText(payload({}).replace(/}$/, ',"a":[{"b":1,"b":2}]}'), {}, issuer.key),
    ],
    [
      'a header member twice',
      'token-unreadable',
      () => {
        const header = Buffer.from('{"alg":"none","alg":"RS256","kid":"key-1"}').toString(
          'base64url',
        )
        return [header, Buffer.from(payload({})).toString('base64url'), 'AAAA'].join('.')
      },
    ],
    ['8 KB and a byte', 'token-too-large', () => 'a'.repeat(8193)],
    ['claims of 9 KB', 'token-too-large', () => issuer.token({ load: 'x'.repeat(9000) })],
    [
      'lists within lists within lists',
      'signature-wrong',
      () =>
        // Read to the end without falling over; the signature then is nobody's.
        handmade(
          { alg: 'RS256', kid: 'key-1' },
          { ...honest(), a: JSON.parse(`${'['.repeat(2500)}${']'.repeat(2500)}`) },
        ),
    ],
    ['a list for a payload', 'token-unreadable', () => signText('[]', {}, issuer.key)],
    ['null for a payload', 'token-unreadable', () => signText('null', {}, issuer.key)],
    [
      'bytes that are no UTF-8',
      'token-unreadable',
      async () => {
        const [header = ''] = (await issuer.token()).split('.')
        return [header, Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url'), 'AAAA'].join('.')
      },
    ],
    [
      'base64 with padding',
      'token-unreadable',
      async () => {
        const [header, claims, signature] = (await issuer.token()).split('.')
        return [`${header}==`, claims, signature].join('.')
      },
    ],
    ['a line break at its end', 'token-unreadable', async () => `${await issuer.token()}\n`],
    ['nothing', 'token-unreadable', () => ''],
    ['dots only', 'token-unreadable', () => '..'],
    ['another audience', 'audience-other', () => issuer.token({ aud: 'https://vault.example' })],
    [
      'an audience that begins like ours',
      'audience-other',
      () => issuer.token({ aud: 'sallyport-staging' }),
    ],
    [
      'a list of audiences with ours among them',
      'audience-shared',
      () => issuer.token({ aud: ['sallyport', 'https://vault.example'] }),
    ],
    [
      'an audience that is an object',
      'claim-unusable',
      () => issuer.token({ aud: { 0: 'sallyport' } }),
    ],
    ['an empty list of audiences', 'audience-other', () => issuer.token({ aud: [] })],
    ['no audience', 'claim-missing', () => issuer.token({ aud: undefined })],
    ['an end a second ago', 'token-expired', () => issuer.token({ exp: now() - 1 })],
    ['an end this very second', 'token-expired', () => issuer.token({ exp: now() })],
    ['no end', 'claim-missing', () => issuer.token({ exp: undefined })],
    ['an end that is text', 'claim-unusable', () => issuer.token({ exp: String(now() + 300) })],
    ['an end beyond all time', 'claim-unusable', () => issuer.token({ exp: 1e300 })],
    ['an end before 1970', 'claim-unusable', () => issuer.token({ exp: -1 })],
    [
      'a beginning in five minutes',
      'token-not-yet-valid',
      () => issuer.token({ nbf: now() + 300, exp: now() + 600 }),
    ],
    ['no beginning', 'claim-missing', () => issuer.token({ nbf: undefined })],
    ['a beginning that is null', 'claim-unusable', () => issuer.token({ nbf: null })],
    [
      'an issue in the future',
      'token-from-the-future',
      () => issuer.token({ iat: now() + 300, exp: now() + 600 }),
    ],
    ['no time of issue', 'claim-missing', () => issuer.token({ iat: undefined })],
    [
      'an issue two hours ago and an end in a year',
      'token-too-old',
      () => issuer.token({ iat: now() - 7200, exp: now() + 31_536_000 }),
    ],
    ['no subject', 'claim-missing', () => issuer.token({ sub: undefined })],
    ['a subject nobody mapped', 'no-agent', () => issuer.token({ sub: 'somebody-else' })],
    [
      'a subject that is a list with the right one in it',
      'claim-missing',
      () => issuer.token({ sub: ['somebody'] }),
    ],
  ]

  it(`is tried in more than 25 shapes`, () =>
    assert.ok(attacks.length > 25, String(attacks.length)))

  for (const [what, because, attack] of attacks) {
    it(`with ${what} is refused: ${because}`, async () => {
      const before = journalOf().length
      const reply = await post(await attack())
      const { error, message } = JSON.parse(reply.body) as { error: string; message: string }
      assert.equal(error, because, message)
      assert.ok(reply.status >= 400)

      const [event, ...more] = journalOf().slice(before)
      assert.ok(event?.kind === 'certificate-refused' && more.length === 0)
      assert.equal(event.because, because)
      assert.equal(event.address, '127.0.0.1')
    })
  }

  it('is never asked where its own header points', () => {
    assert.equal(stranger.asked, 0)
  })

  it('keeps what it says out of events until its signature is verified', async () => {
    const before = journalOf().length
    await post(await issuer.token({ sub: 'told-by-nobody' }, {}, unpublished))
    assert.ok(!JSON.stringify(journalOf().slice(before)).includes('told-by-nobody'))
  })

  it('leaves neither itself nor its signature in the log, the journal and the answers', async () => {
    const honestToken = await issuer.token()
    const refused = await issuer.token({ aud: 'elsewhere' })
    const replies = [await post(honestToken), await post(refused)].map(({ body }) => body)
    const told = JSON.stringify([part.logged, journalOf(), replies])
    for (const token of [honestToken, refused]) {
      for (const piece of token.split('.').slice(1)) assert.ok(!told.includes(piece))
    }
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
      async () => ({ keys: Array.from({ length: 1000 }, () => issuer.key.publicJwk) }),
      'keys-unavailable',
    ],
    ['a megabyte', () => ({ keys: [], load: 'x'.repeat(1 << 20) }), 'keys-unavailable'],
  ] as const) {
    it(`is refused when its issuer publishes ${what}: ${because}`, async () => {
      const careless = await TokenIssuer.start(await makeIssuerKey('key-2'))
      careless.published = await set()
      const journal = memoryJournal()
      const tokens = memoryDesk(journal, { issuers: [trustIn(careless)] })
      const own = await startBrowserPart([], page.folder, { journal, tokens })
      try {
        const reply = await ask(own.url, {
          method: 'POST',
          path: '/api/certificates',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token: await careless.token(), publicKey: PUBLIC_KEY }),
        })
        assert.equal((JSON.parse(reply.body) as { error: string }).error, because, reply.body)
      } finally {
        await own.close()
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
    const journal = memoryJournal()
    const tokens = memoryDesk(journal, { issuers: [trustIn(moved)] })
    const own = await startBrowserPart([], page.folder, { journal, tokens })
    const reply = await ask(own.url, {
      method: 'POST',
      path: '/api/certificates',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: await moved.token(), publicKey: PUBLIC_KEY }),
    })
    assert.equal((JSON.parse(reply.body) as { error: string }).error, 'keys-unavailable')
    assert.equal(attacker.asked, 0)
    await own.close()
    await Promise.all([moved, attacker].map(one => one.close()))
  })
})
