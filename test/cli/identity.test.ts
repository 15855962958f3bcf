import assert from 'node:assert/strict'
import { examineIssuers, examinePeople } from '../../server/cli/doctor/identity.ts'
import { OpenIdProvider } from '../support/openid-provider.ts'
import { trustIn } from '../support/token-desk.ts'
import { TokenIssuer } from '../support/token-issuer.ts'

describe('sallyport doctor, of issuers and of people', () => {
  let issuer: TokenIssuer
  let provider: OpenIdProvider

  before(async () => {
    issuer = await TokenIssuer.start()
    provider = await OpenIdProvider.start(issuer.key)
  })
  after(async () => {
    await issuer.close()
    await provider.close()
  })
  afterEach(() => {
    issuer.outage = null
    provider.issuer.outage = null
  })

  it('finds nothing wrong with an issuer that publishes a key of the right kind', async () => {
    assert.deepEqual(await examineIssuers([trustIn(issuer)]), [
      { about: 'issuer', outcome: 'fine', found: `${issuer.url}: one key`, remedy: null },
    ])
  })

  it('says which algorithms are in the way', async () => {
    const [finding] = await examineIssuers([trustIn(issuer, { algorithms: ['ES384'] })])
    assert.equal(finding?.outcome, 'broken')
    assert.match(finding.found, /none of the 1 keys at .*\/jwks is for ES384$/)
  })

  it('says why keys cannot be had, from an address and from a file', async () => {
    issuer.outage = 'refused'
    const findings = await examineIssuers([
      trustIn(issuer),
      trustIn(issuer, { keys: { file: '/nowhere/keys.json' } }),
    ])
    assert.deepEqual(
      findings.map(({ outcome }) => outcome),
      ['broken', 'broken'],
    )
    assert.match(findings[0]?.found ?? '', /cannot be had from http:/)
    assert.match(findings[1]?.found ?? '', /ENOENT/)
  })

  it('asks the identity provider of people where it signs them in', async () => {
    const people = {
      issuer: provider.url,
      clientId: 'sallyport',
      clientSecretFile: null,
      scopes: ['openid'],
      name: 'Example',
      user: 'sub',
      roles: [],
    }
    assert.deepEqual(await examinePeople(null), [])
    assert.equal((await examinePeople(people))[0]?.outcome, 'fine')
    provider.issuer.outage = 'error'
    const [finding] = await examinePeople(people)
    assert.equal(finding?.outcome, 'weak')
    assert.match(finding.remedy ?? '', /sallyport sign-in/)
  })
})
