import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOKEN_ALGORITHMS } from '../../../server/core/identity-tokens/issuer.ts'
import { trustIn } from '../../support/token-desk.ts'
import { makeIssuerKey, TokenIssuer, type IssuerKey } from '../../support/token-issuer.ts'
import { CertificateBench, MovedClock } from './certificate-bench.ts'

describe("an issuer's keys", () => {
  let issuer: TokenIssuer
  let bench: CertificateBench
  let clock: MovedClock

  beforeEach(async () => {
    clock = new MovedClock()
    issuer = await TokenIssuer.start()
    bench = await CertificateBench.start({ issuers: [trustIn(issuer)] }, clock)
  })
  afterEach(async () => {
    await bench.end()
    await issuer.close()
  })

  const trade = async (header: object = {}, key: IssuerKey = issuer.key) => {
    const now = Math.floor(clock.nowMs() / 1000)
    const times = { iat: now, nbf: now, exp: now + 300 }
    const { error, status } = await bench.trade(await issuer.token(times, header, key))
    return error ?? status
  }

  it('are fetched when first needed, once for many at a time', async () => {
    assert.equal(issuer.asked, 0)
    assert.deepEqual(await Promise.all([trade(), trade(), trade()]), [200, 200, 200])
    assert.equal(issuer.asked, 1)
  })

  it('are fetched again after ten minutes', async () => {
    await trade()
    clock.forward(599)
    await trade()
    assert.equal(issuer.asked, 1)
    clock.forward(2)
    await trade()
    assert.equal(issuer.asked, 2)
  })

  it('are fetched again for a key id that is new, so that a rotated key serves at once', async () => {
    await trade()
    clock.forward(10)
    await issuer.rotate('key-2')
    assert.equal(await trade(), 200)
    assert.equal(issuer.asked, 2)
  })

  it('no longer serve once they were withdrawn', async () => {
    const old = issuer.key
    await trade()
    clock.forward(10)
    await issuer.rotate('key-2')
    await trade()
    assert.equal(await trade({}, old), 'key-unknown')
  })

  it('are not fetched more often, whatever key ids strangers invent', async () => {
    await trade()
    clock.forward(10)
    for (let index = 0; index < 20; index += 1) {
      assert.equal(await trade({ kid: `invented-${index}` }), 'key-unknown')
    }
    assert.equal(issuer.asked, 2)
  })

  for (const outage of ['error', 'refused'] as const) {
    it(`serve for an hour while the issuer is away (${outage}), and no longer`, async () => {
      await trade()
      issuer.outage = outage
      clock.forward(3500)
      assert.equal(await trade(), 200)
      clock.forward(101)
      assert.equal(await trade(), 'keys-unavailable')
      issuer.outage = null
      clock.forward(10)
      assert.equal(await trade(), 200)
    })
  }

  it('are asked for in vain at most every ten seconds', async () => {
    issuer.outage = 'error'
    for (let index = 0; index < 20; index += 1) assert.equal(await trade(), 'keys-unavailable')
    assert.equal(issuer.asked, 1)
  })

  it('are not there when the issuer takes the question and says nothing', async function () {
    this.timeout(20_000)
    issuer.outage = 'silent'
    assert.equal(await trade(), 'keys-unavailable')
  })

  it("of one issuer are not missed when another's cannot be had", async () => {
    const away = await TokenIssuer.start(await makeIssuerKey('away-key'))
    const both = await CertificateBench.start({ issuers: [trustIn(away), trustIn(issuer)] })
    away.outage = 'refused'
    assert.equal((await both.trade(await away.token())).status, 503)
    assert.equal((await both.trade(await issuer.token())).status, 200)
    await both.end()
    await away.close()
  })

  it('serve without a key id when there is exactly one that fits', async () => {
    assert.equal(await trade({ kid: undefined }), 200)
    const more = await makeIssuerKey('key-2')
    issuer.published = { keys: [issuer.key.publicJwk, more.publicJwk] }
    clock.forward(601)
    assert.equal(await trade({ kid: undefined }), 'key-unknown')
  })

  it('may be of both kinds, each for its own algorithm', async () => {
    const curve = await makeIssuerKey('curve', 'ES256')
    issuer.published = { keys: [issuer.key.publicJwk, curve.publicJwk] }
    assert.equal(await trade({}, curve), 200)
    assert.equal(await trade({ kid: 'curve' }), 'key-unknown')
  })

  for (const algorithm of TOKEN_ALGORITHMS) {
    it(`verify ${algorithm}`, async () => {
      const key = await makeIssuerKey('key-of-any-kind', algorithm)
      issuer.published = { keys: [key.publicJwk] }
      const any = await CertificateBench.start({
        issuers: [trustIn(issuer, { algorithms: [algorithm] })],
      })
      assert.equal((await any.trade(await issuer.token({}, {}, key))).status, 200)
      await any.end()
    })
  }

  it('are read from a file, and again when it was replaced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport keys-'))
    const file = join(folder, 'keys.json')
    const filed = await CertificateBench.start(
      { issuers: [trustIn(issuer, { keys: { file } })] },
      clock,
    )
    assert.equal((await filed.trade(await issuer.token())).status, 503)
    writeFileSync(file, JSON.stringify(issuer.published))
    clock.forward(10)
    assert.equal((await filed.trade(await issuer.token())).status, 200)
    await issuer.rotate('key-2')
    writeFileSync(file, JSON.stringify(issuer.published))
    clock.forward(10)
    assert.equal((await filed.trade(await issuer.token())).status, 200)
    assert.equal(issuer.asked, 0)
    await filed.end()
    rmSync(folder, { recursive: true })
  })
})
