import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { withBlob } from '../../../server/core/ssh-wire/public-key.ts'
import { formatKeyLine } from '../../../server/core/ssh-wire/key-line.ts'
import { trustIn } from '../../support/token-desk.ts'
import { TokenIssuer } from '../../support/token-issuer.ts'
import { CertificateBench, certificateOf, MovedClock, PUBLIC_KEY } from './certificate-bench.ts'

const VECTORS = resolve(import.meta.dirname, '../../vectors/certificates')
const vector = (name: string): string => readFileSync(`${VECTORS}/${name}`, 'utf8')

function rsaLine(bits: number): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const { e = '', n = '' } = publicKey.export({ format: 'jwk' })
  const [exponent, modulus] = [e, n].map(part => new Uint8Array(Buffer.from(part, 'base64url')))
  assert.ok(exponent !== undefined && modulus !== undefined)
  return formatKeyLine(withBlob({ type: 'ssh-rsa', exponent, modulus }), 'test')
}

describe('a certificate for a token', () => {
  let issuer: TokenIssuer
  let bench: CertificateBench
  const clock = new MovedClock()

  before(async () => {
    issuer = await TokenIssuer.start()
    bench = await CertificateBench.start({ issuers: [trustIn(issuer)] }, clock)
  })
  after(async () => {
    await bench.end()
    await issuer.close()
  })
  beforeEach(() => clock.forward(60)) // a new minute for the limits

  const nowSeconds = (): number => Math.floor(clock.nowMs() / 1000)
  const token = (lastsSeconds = 3600, more: object = {}): Promise<string> =>
    issuer.token({
      iat: nowSeconds(),
      nbf: nowSeconds(),
      exp: nowSeconds() + lastsSeconds,
      ...more,
    })

  it('names the agent, the key and a serial, permits a terminal, and nothing else', async () => {
    const certificate = certificateOf(await bench.trade(await token()))
    assert.equal(certificate.type, 'user')
    assert.deepEqual(certificate.principals, ['agent-7'])
    assert.equal(formatKeyLine(certificate.key, ''), PUBLIC_KEY)
    assert.equal(certificate.keyId, `agent-7/#${certificate.serial}`)
    assert.deepEqual(certificate.criticalOptions, [])
    assert.deepEqual(
      certificate.extensions.map(({ name }) => name),
      ['permit-pty'],
    )
  })

  it('is an event before it is an answer', async () => {
    const before = bench.events.length
    const choosing = await token(3600, { sub: 'chooser' })
    const certificate = certificateOf(await bench.trade(choosing, { task: 'T-1' }))
    const [event] = bench.events.slice(before)
    assert.ok(event?.kind === 'certificate-issued')
    assert.equal(event.keyId, certificate.keyId)
    assert.equal(event.task, 'T-1')
    assert.equal(event.by, `token of ${issuer.url} for chooser`)
  })

  it('is for one task where the caller chooses it, never for all of them', async () => {
    const choosing = await token(3600, { sub: 'chooser' })
    const { certificate, error, message, status } = await bench.trade(choosing)
    assert.deepEqual([status, error, certificate], [403, 'task-missing', undefined])
    assert.match(message ?? '', /^name one of your tasks: "T-\*" /)
    const event = bench.events.at(-1)
    assert.ok(event?.kind === 'certificate-refused')
    assert.deepEqual([event.because, event.subject], ['task-missing', 'chooser'])
  })

  it('leads from the event to the job in the issuer’s own log, whatever its claims hold', async () => {
    const before = bench.events.length
    await bench.trade(await token(3600, { jti: `run-77\u001b[2J${'x'.repeat(2000)}` }))
    const [event] = bench.events.slice(before)
    assert.ok(event?.kind === 'certificate-issued')
    assert.match(event.by, /^token of \S+ for somebody \(run-77\\u\{1b\}\[2Jx{200,300}\)$/)
  })

  it('is not issued when it cannot be written down', async () => {
    bench.journal.fault = 'the database is gone'
    try {
      const traded = await bench.trade(await token())
      assert.deepEqual([traded.status, traded.certificate], [500, undefined])
      const refused = await bench.trade(await token(3600, { aud: 'another' }))
      assert.equal(refused.status, 500, 'a refusal that is not written down is no answer either')
    } finally {
      bench.journal.fault = null
    }
  })

  for (const [what, lasts, expected] of [
    ['15 minutes at most', 3600, 900],
    ['no longer than its token', 240, 240],
    ['a second for a token of a second', 1, 1],
  ] as const) {
    it(`lasts ${what}`, async () => {
      const fixed = nowSeconds()
      const traded = await bench.trade(await token(lasts))
      const end = Number(certificateOf(traded).validBefore)
      // The clock may have gone on by a second between the two readings.
      assert.ok(Math.abs(end - fixed - expected) <= 1, `${end - fixed}`)
      assert.equal(traded.validBefore, new Date(end * 1000).toISOString())
    })
  }

  it('outlives its token only where that is configured', async () => {
    const lasting = await CertificateBench.start(
      {
        issuers: [trustIn(issuer, { mayOutliveToken: true, certificateSeconds: 600 })],
      },
      clock,
    )
    const certificate = certificateOf(await lasting.trade(await token(60)))
    assert.ok(Number(certificate.validBefore) - nowSeconds() > 590)
    await lasting.end()
  })

  it('takes a clock that is half a minute ahead, and no more', async () => {
    const ahead = (seconds: number): Promise<string> =>
      token(600, { iat: nowSeconds() + seconds, nbf: nowSeconds() + seconds })
    assert.equal((await bench.trade(await ahead(28))).status, 200)
    assert.equal((await bench.trade(await ahead(33))).error, 'token-not-yet-valid')
  })

  it('is not had again with the same token once that has ended', async () => {
    const kept = await token(120)
    assert.equal((await bench.trade(kept)).status, 200)
    clock.forward(121)
    assert.equal((await bench.trade(kept)).error, 'token-expired')
  })

  for (const name of ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'sk-ed25519', 'sk-ecdsa']) {
    it(`is given for a key of type ${name}`, async () => {
      const publicKey = vector(`user-${name}.pub`)
      const certificate = certificateOf(await bench.trade(await token(), { publicKey }))
      assert.ok(publicKey.startsWith(formatKeyLine(certificate.key, '')))
    })
  }

  it('is given for an RSA key of 3072 bits, not for one of 2048', async () => {
    assert.equal((await bench.trade(await token(), { publicKey: rsaLine(3072) })).status, 200)
    const short = await bench.trade(await token(), { publicKey: rsaLine(2048) })
    assert.deepEqual([short.status, short.error], [400, 'public-key'])
    assert.match(short.message ?? '', /3072 bits, this one has 2048; make a key with: ssh-keygen/)
  })

  for (const [what, publicKey] of [
    ['a certificate', vector('ed25519-by-ed25519-cert.pub')],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['two keys', `${PUBLIC_KEY}\n${PUBLIC_KEY}`],
    ['options before a key', `command="id" ${PUBLIC_KEY}`],
    ['a key cut short', PUBLIC_KEY.slice(0, -8)],
    ['a key of another type than it says', PUBLIC_KEY.replace('ssh-ed25519 ', 'ssh-rsa ')],
    ['a DSA key', 'ssh-dss AAAAB3NzaC1kc3M='],
    ['nothing', ''],
  ] as const) {
    it(`is not given for ${what}`, async () => {
      const traded = await bench.trade(await token(), { publicKey })
      assert.deepEqual([traded.status, traded.error], [400, 'public-key'], traded.message)
    })
  }

  for (const [what, body] of [
    ['no token', { publicKey: PUBLIC_KEY }],
    ['a token that is a number', { token: 7, publicKey: PUBLIC_KEY }],
    ['a key that is a list', { token: 'a.b.c', publicKey: [PUBLIC_KEY] }],
    ['a task that is an object', { token: 'a.b.c', publicKey: PUBLIC_KEY, task: {} }],
    ['a misspelt member', { token: 'a.b.c', publicKey: PUBLIC_KEY, tasks: 'T-1' }],
    ['a list', []],
    ['null', 'null'],
    ['a member called __proto__', '{"__proto__":{"token":"a.b.c"},"publicKey":"x"}'],
  ] as const) {
    it(`is not given for a request with ${what}`, async () => {
      const traded = await bench.post(body)
      assert.deepEqual([traded.status, traded.error], [400, 'request-unreadable'])
    })
  }

  it('is not given for a body that is no JSON, or larger than a token and a key', async () => {
    assert.equal((await bench.post('{')).status, 400)
    assert.equal((await bench.post({ token: 'x'.repeat(20_000) })).status, 413)
    const last = bench.events.at(-1)
    assert.ok(last?.kind === 'certificate-refused' && last.because === 'request-unreadable')
  })

  it('is not given to a page of another site, though a program needs no Origin', async () => {
    const body = { token: await token(), publicKey: PUBLIC_KEY }
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
      { 'sec-fetch-site': 'cross-site' },
    ]) {
      assert.equal((await bench.post(body, headers)).status, 403)
    }
    assert.equal((await bench.post(body, { 'content-type': 'text/plain' })).status, 415)
    assert.equal((await bench.post(body)).status, 200)
  })
})

describe('the limits on certificates', () => {
  async function ask(limits: { perMinute: number; perMinutePerAddress: number }, times: number) {
    const clock = new MovedClock()
    const bench = await CertificateBench.start({ issuers: [], limits }, clock)
    const statuses: number[] = []
    for (let time = 0; time < times; time += 1) statuses.push((await bench.post({})).status)
    return { bench, clock, statuses }
  }

  it('hold for an address, and are over after a minute', async () => {
    const { bench, clock, statuses } = await ask({ perMinute: 100, perMinutePerAddress: 3 }, 6)
    assert.deepEqual(statuses, [400, 400, 400, 429, 429, 429])
    const refusals = bench.events.filter(
      event => event.kind === 'certificate-refused' && event.because === 'too-many-requests',
    )
    assert.equal(refusals.length, 1, 'one event at once for all that is refused in a minute')
    clock.forward(60)
    assert.equal((await bench.post({})).status, 400)
    const sum = bench.events.at(-2)
    assert.ok(sum?.kind === 'certificate-refused' && sum.because === 'too-many-requests')
    assert.match(
      sum.detail,
      /^2 more within a minute, the last: limit certificates-per-minute-per-/,
    )
    await bench.end()
  })

  it('hold in all', async () => {
    const { bench, statuses } = await ask({ perMinute: 2, perMinutePerAddress: 2 }, 4)
    assert.deepEqual(statuses, [400, 400, 429, 429])
    await bench.end()
    const sum = bench.events.at(-1)
    assert.ok(sum?.kind === 'certificate-refused', 'what was counted is not lost when we stop')
    assert.match(sum.detail, /^1 more within a minute/)
  })
})
