import assert from 'node:assert/strict'
import { readConfig } from '../../server/config.ts'

async function faultsIn(yaml: string): Promise<string[]> {
  const config = await readConfig({}, { path: '/etc/sallyport.yaml', text: yaml }, '/srv')
  return config.ok ? [] : config.fault
}

/** An entry in one line, with some of it changed; undefined takes a member away. */
function issuer(change: Record<string, unknown> = {}): string {
  const entry = {
    issuer: 'https://issuer.example',
    audience: 'sallyport',
    'jwks-url': 'https://issuer.example/jwks',
    agents: [{ when: { sub: 'job' }, agent: 'agent-7' }],
    ...change,
  }
  return `issuers: [${JSON.stringify(entry)}]`
}
const agent = (change: object): string =>
  issuer({ agents: [{ when: { sub: 'job' }, agent: 'agent-7', ...change }] })

describe('issuers in sallyport.yaml', () => {
  it('need four things', async () => assert.deepEqual(await faultsIn(issuer()), []))

  for (const [what, yaml, expected] of [
    [
      'an address without https',
      issuer({ issuer: 'http://issuer.example' }),
      'begins with https://',
    ],
    [
      'keys from an address without https',
      issuer({ 'jwks-url': 'http://issuer.example/jwks' }),
      'begins with https://',
    ],
    [
      'keys from a file called an address',
      issuer({ 'jwks-url': 'file:///etc/keys' }),
      'begins with https://',
    ],
    [
      'an address with a password',
      issuer({ 'jwks-url': 'https://a:b@issuer.example/' }),
      'begins with https://',
    ],
    ['no keys', issuer({ 'jwks-url': undefined }), 'set either jwks-url or jwks-file'],
    [
      'keys from two places',
      issuer({ 'jwks-file': 'keys.json' }),
      'set either jwks-url or jwks-file',
    ],
    ['no audience', issuer({ audience: undefined }), 'audience'],
    ['an empty audience', issuer({ audience: '' }), 'expected some text'],
    ['no audiences', issuer({ audience: [] }), 'audience'],
    ['algorithm none', issuer({ algorithms: ['none'] }), 'prove nothing'],
    ['a symmetric algorithm', issuer({ algorithms: ['RS256', 'HS256'] }), 'prove nothing'],
    ['an unknown algorithm', issuer({ algorithms: ['RS1'] }), 'expected one of RS256'],
    ['certificates of an hour', issuer({ certificate: '1h' }), 'from 10s to 15m'],
    ['a tolerance of an hour', issuer({ 'clock-tolerance': '1h' }), 'from 0 to 5m'],
    ['a misspelt key', issuer({ algoritms: ['RS256'] }), 'did you mean algorithms'],
    ['no agents', issuer({ agents: [] }), 'nobody could use it'],
    ['an agent for everybody', agent({ when: {} }), 'every token of the issuer would match'],
    ['an agent that is no name', agent({ agent: 'Agent 7' }), "expected an agent's name"],
    ['the reserved name', agent({ agent: 'sallyport' }), "expected an agent's name"],
    [
      'a template that can never be a name',
      agent({ agent: 'CI_{sub}' }),
      "expected an agent's name",
    ],
    ['a template with a brace alone', agent({ agent: 'ci-{sub' }), 'a brace alone'],
    ['two claims side by side', agent({ task: '{a}{b}' }), 'side by side'],
    [
      'a task from two places',
      agent({ task: 'T-1', tasks: ['T-2'] }),
      'the task comes from the claims',
    ],
    ['a choice of no tasks', agent({ tasks: [] }), 'lists no task'],
    [
      "anybody's main branch on GitHub",
      issuer({
        issuer: 'https://token.actions.githubusercontent.com',
        agents: [{ when: { ref: 'refs/heads/main' }, agent: 'agent-7' }],
      }),
      'anybody can have a token of https://token.actions.githubusercontent.com; name at least one of sub, repository',
    ],
  ] as const) {
    it(`refuse ${what}, and say where`, async () => {
      const faults = await faultsIn(yaml)
      assert.ok(faults.length > 0)
      assert.ok(
        faults.some(fault => fault.includes(expected)),
        faults.join('\n'),
      )
      for (const fault of faults) assert.match(fault, /^\/etc\/sallyport\.yaml:1:\d+: /)
    })
  }

  it('refuse two that could name the same agent by a template', async () => {
    const two = (one: string, other: string): string => {
      const entries = [
        ['https://one.example', one],
        ['https://other.example', other],
      ].map(([name, template]) => ({
        issuer: name,
        audience: 'sallyport',
        'jwks-url': `${name}/jwks`,
        agents: [{ when: { sub: 'job' }, agent: template }],
      }))
      return `issuers: ${JSON.stringify(entries)}`
    }
    assert.match((await faultsIn(two('ci-{a}', 'ci-x-{b}'))).join(), /could name the same agent/)
    assert.match((await faultsIn(two('{a}', 'ci-{b}'))).join(), /could name the same agent/)
    assert.deepEqual(await faultsIn(two('gh-{a}', 'gl-{b}')), [])
    assert.deepEqual(await faultsIn(two('ci-1', 'ci-2')), [])
  })

  it('refuse the same issuer twice', async () => {
    const [entry] = /\{.*\}/.exec(issuer()) ?? []
    assert.match((await faultsIn(`issuers: [${entry}, ${entry}]`)).join(), /is listed twice/)
  })
})

describe('people in sallyport.yaml', () => {
  const people = (change: object): string =>
    `people: ${JSON.stringify({
      issuer: 'https://login.example.com',
      'client-id': 'sallyport',
      roles: [{ when: { groups: 'sre' }, role: 'viewer' }],
      ...change,
    })}`

  it('need three things', async () => assert.deepEqual(await faultsIn(people({})), []))

  for (const [what, yaml, expected] of [
    ['a provider without https', people({ issuer: 'http://login.example.com' }), 'https://'],
    [
      'an unknown role',
      people({ roles: [{ when: { a: 'b' }, role: 'root' }] }),
      'expected one of viewer',
    ],
    ['a role for everybody', people({ roles: [{ when: {}, role: 'viewer' }] }), 'names no claim'],
    ['no roles', people({ roles: [] }), 'nobody could sign in'],
    [
      'a secret in the file itself',
      people({ 'client-secret': 'x' }),
      'did you mean client-secret-file',
    ],
    ['a scope with a space', people({ scopes: ['openid email'] }), 'expected a scope'],
  ] as const) {
    it(`refuse ${what}`, async () => {
      const faults = await faultsIn(yaml)
      assert.ok(
        faults.some(fault => fault.includes(expected)),
        faults.join('\n'),
      )
    })
  }
})
