import assert from 'node:assert/strict'
import { trustIn } from '../../support/token-desk.ts'
import { AttackScene } from './attack-scene.ts'
import { CertificateBench } from './certificate-bench.ts'
import { claimAttacks } from './claim-attacks.ts'
import { formatAttacks } from './format-attacks.ts'

describe('a token that is not what it should be', () => {
  const scene = new AttackScene()
  let bench: CertificateBench

  before(async () => {
    await scene.open()
    bench = await CertificateBench.start({
      issuers: [trustIn(scene.issuer), trustIn(scene.other)],
      limits: { perMinute: 10_000, perMinutePerAddress: 10_000 },
    })
  })
  after(async () => {
    await bench.end()
    await scene.close()
  })

  it('differs from an honest one, which gets a certificate', async () => {
    const traded = await bench.trade(await scene.issuer.token())
    assert.equal(traded.status, 200, traded.message)
    assert.deepEqual(
      Object.keys(traded).filter(name => name !== 'status' && name !== 'headers'),
      ['certificate', 'agent', 'task', 'validBefore'],
    )
  })

  const attacks = [...formatAttacks(scene), ...claimAttacks(scene)]

  it('is tried in more than 25 shapes', () => {
    assert.ok(attacks.length > 25, String(attacks.length))
  })

  for (const [what, because, token] of attacks) {
    it(`with ${what} is refused: ${because}`, async () => {
      const before = bench.events.length
      const { error, message, status } = await bench.trade(await token())
      assert.equal(error, because, message)
      assert.ok(status >= 400)

      const [event, ...more] = bench.events.slice(before)
      assert.ok(event?.kind === 'certificate-refused' && more.length === 0)
      assert.equal(event.because, because)
      assert.equal(event.address, '127.0.0.1')
    })
  }

  it('is never asked where its own header points', () => {
    assert.equal(scene.stranger.asked, 0)
  })

  it('keeps what it says out of events until its signature is verified', async () => {
    const before = bench.events.length
    await bench.trade(await scene.issuer.token({ sub: 'told-by-nobody' }, {}, scene.unpublished))
    assert.ok(!JSON.stringify(bench.events.slice(before)).includes('told-by-nobody'))
  })

  it('leaves neither itself nor its signature in the log, the journal and the answers', async () => {
    const tokens = [await scene.issuer.token(), await scene.issuer.token({ aud: 'elsewhere' })]
    const answers = await Promise.all(tokens.map(token => bench.trade(token)))
    const told = JSON.stringify([bench.part.logged, bench.events, answers])
    for (const piece of tokens.flatMap(token => token.split('.').slice(1))) {
      assert.ok(!told.includes(piece))
    }
  })
})
