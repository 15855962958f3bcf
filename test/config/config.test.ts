import assert from 'node:assert/strict'
import { defaultLimits } from '../../server/config/limits.ts'
import { readConfig } from '../../server/config.ts'

const FOLDER = '/srv/sallyport'

async function read(env: Record<string, string>, yaml: string | null = null) {
  const file = yaml === null ? null : { path: `${FOLDER}/etc/sallyport.yaml`, text: yaml }
  return readConfig(env, file, FOLDER)
}

async function faultsIn(env: Record<string, string>, yaml: string | null = null) {
  const config = await read(env, yaml)
  return config.ok ? [] : config.fault
}

describe('readConfig', () => {
  it('needs nothing: everything has a default', async () => {
    const config = await read({})
    assert.ok(config.ok)
    assert.equal(config.value.home, '/srv/sallyport/var')
    assert.equal(config.value.keys, '/srv/sallyport/keys')
    assert.equal(config.value.policies, '/srv/sallyport/var/policies')
    assert.deepEqual(config.value.ssh, { host: '127.0.0.1', port: 2222 })
    assert.equal(config.value.http.port, 8022)
    assert.equal(config.value.database.url, null)
    assert.equal(config.value.limits.loginAttempts, 6)
  })

  it('takes an empty variable for none', async () => {
    const config = await read({ SALLYPORT_HOME: '', SALLYPORT_SSH: '', DATABASE_URL: '' })
    assert.ok(config.ok)
    assert.equal(config.value.home, '/srv/sallyport/var')
  })

  it('reads the whole file format', async () => {
    const config = await read(
      {},
      `
home: state
policies: ../policies
ssh: 0.0.0.0:22
public-ssh: [bastion.example.com, "[2001:db8::5]:2222"]
balancers: [10.0.0.9, "fd00::/64"]
http:
  listen: 10.0.0.5:443
  public-url: https://bastion.example.com/
  tls: { certificate: tls/cert.pem, key: tls/key.pem }
  proxies: [10.0.0.1, "fd00::1"]
database:
  url: postgres://app:secret@db.example.com/sallyport
  direct-url: postgresql://app:secret@db.example.com:5433/sallyport
user-cas:
  - public-key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5YkkZ3vYV0pDk0t3gIhcwmVtEYWkYFEpFGHqXFbTf2 ci
    agents: { "repo:acme/web": web-deployer, nightly: nightly-agent }
issuers:
  - issuer: https://token.actions.githubusercontent.com
    audience: sallyport
    jwks-url: https://token.actions.githubusercontent.com/.well-known/jwks
    agents:
      - when: { repository: octo-org/octo-repo, ref: [refs/heads/main, refs/heads/release] }
        agent: web-deployer
        task: "{repository}#{run_id}"
        on-behalf-of: "{actor}"
  - issuer: https://kubernetes.default.svc
    audience: [sallyport, sallyport-eu]
    jwks-file: k8s-keys.json
    algorithms: [RS256]
    clock-tolerance: 5s
    max-age: 2h
    not-before: optional
    certificate: 10m
    outlive-token: true
    agents:
      - when: { kubernetes.io/namespace: agents }
        agent: k8s-{kubernetes.io/serviceaccount/name}
        tasks: [OPS-*, nightly]
people:
  issuer: https://login.example.com/realms/staff
  client-id: sallyport
  client-secret-file: oidc-secret
  roles:
    - { when: { groups: sre }, role: administrator }
limits: { spool: 2GB, drain: 2m, connections: 50, unauthenticated: 40, login-grace: 30 }
`,
    )
    assert.deepEqual(config.ok ? config.value : config.fault, {
      home: '/srv/sallyport/etc/state',
      keys: '/srv/sallyport/keys',
      policies: '/srv/sallyport/policies',
      ssh: { host: '0.0.0.0', port: 22 },
      publicSsh: [
        { host: 'bastion.example.com', port: 22 },
        { host: '2001:db8::5', port: 2222 },
      ],
      balancers: ['10.0.0.9', 'fd00::/64'],
      http: {
        host: '10.0.0.5',
        port: 443,
        publicUrl: 'https://bastion.example.com',
        tls: {
          certificateFile: '/srv/sallyport/etc/tls/cert.pem',
          keyFile: '/srv/sallyport/etc/tls/key.pem',
        },
        proxies: ['10.0.0.1', 'fd00::1'],
      },
      database: {
        url: 'postgres://app:secret@db.example.com/sallyport',
        directUrl: 'postgresql://app:secret@db.example.com:5433/sallyport',
      },
      userCas: [
        {
          publicKey:
            'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5YkkZ3vYV0pDk0t3gIhcwmVtEYWkYFEpFGHqXFbTf2 ci',
          agents: { 'repo:acme/web': 'web-deployer', nightly: 'nightly-agent' },
        },
      ],
      issuers: [
        {
          issuer: 'https://token.actions.githubusercontent.com',
          audience: ['sallyport'],
          keys: { url: 'https://token.actions.githubusercontent.com/.well-known/jwks' },
          algorithms: ['RS256', 'ES256'],
          clockToleranceSeconds: 30,
          maxAgeSeconds: 3600,
          requiresNotBefore: true,
          certificateSeconds: 900,
          mayOutliveToken: false,
          agents: [
            {
              when: {
                repository: ['octo-org/octo-repo'],
                ref: ['refs/heads/main', 'refs/heads/release'],
              },
              agent: 'web-deployer',
              task: '{repository}#{run_id}',
              tasks: [],
              onBehalfOf: '{actor}',
            },
          ],
        },
        {
          issuer: 'https://kubernetes.default.svc',
          audience: ['sallyport', 'sallyport-eu'],
          keys: { file: '/srv/sallyport/etc/k8s-keys.json' },
          algorithms: ['RS256'],
          clockToleranceSeconds: 5,
          maxAgeSeconds: 7200,
          requiresNotBefore: false,
          certificateSeconds: 600,
          mayOutliveToken: true,
          agents: [
            {
              when: { 'kubernetes.io/namespace': ['agents'] },
              agent: 'k8s-{kubernetes.io/serviceaccount/name}',
              task: null,
              tasks: ['OPS-*', 'nightly'],
              onBehalfOf: null,
            },
          ],
        },
      ],
      people: {
        issuer: 'https://login.example.com/realms/staff',
        clientId: 'sallyport',
        clientSecretFile: '/srv/sallyport/etc/oidc-secret',
        scopes: ['openid', 'email', 'profile'],
        name: 'login.example.com',
        user: 'email',
        roles: [{ when: { groups: ['sre'] }, role: 'administrator' }],
      },
      limits: {
        ...defaultLimits,
        connections: 50,
        unauthenticated: 40,
        loginGraceSeconds: 30,
        spoolBytes: 2 * 1024 ** 3,
        drainSeconds: 120,
      },
    })
  })

  it('lets the environment go before the file', async () => {
    const config = await read({ SALLYPORT_SSH: '[::1]:0', SALLYPORT_HTTP: '0' }, 'ssh: 1.2.3.4:22')
    assert.ok(config.ok)
    assert.deepEqual(config.value.ssh, { host: '::1', port: 0 })
    assert.equal(config.value.http.host, '127.0.0.1')
    assert.equal(config.value.http.port, 0)
  })

  it('names every fault of environment and file at once, each with its place', async () => {
    const faults = await faultsIn(
      { SALLYPORT_SSH: 'here', SALLYPORT_HOEM: '/x' },
      `htp: { listen: 8022 }
limits:
  connections: many
  drian: 3s
http:
  listen: 70000
  tls: { certificate: a.pem }
user-cas: nobody
`,
    )
    assert.deepEqual(faults, [
      'SALLYPORT_HOEM: is not read, did you mean SALLYPORT_HOME?',
      'SALLYPORT_SSH: expected HOST:PORT such as 127.0.0.1:2222 or [::1]:0, or a port alone, got "here": the port is a number from 0 to 65535',
      '/srv/sallyport/etc/sallyport.yaml:1:1: unknown key "htp", did you mean http?',
      '/srv/sallyport/etc/sallyport.yaml:3:16: limits.connections: expected a whole number from 1 to 100000, got "many"',
      '/srv/sallyport/etc/sallyport.yaml:4:3: unknown key "drian", did you mean drain?',
      '/srv/sallyport/etc/sallyport.yaml:6:11: http.listen: expected HOST:PORT such as 127.0.0.1:2222 or [::1]:0, or a port alone, got "70000": the port is a number from 0 to 65535',
      '/srv/sallyport/etc/sallyport.yaml:7:8: http.tls.key: is missing',
      '/srv/sallyport/etc/sallyport.yaml:8:11: user-cas: expected a list, got text',
    ])
  })

  for (const [what, yaml, expected] of [
    ['a list at the top', '- a', ':1:1: expected a block of keys, got a list'],
    ['a scalar at the top', 'hello', ':1:1: expected a block of keys, got text'],
    ['YAML that does not parse', 'http: [', ':1:8: Flow sequence in block collection'],
    ['a key that comes twice', 'ssh: 1\nssh: 2', ':2:1: Map keys must be unique'],
    ['a tag that means nothing here', 'ssh: !run 1', ':1:6: Unresolved tag: !run'],
    ['a key called __proto__', '__proto__: { home: x }', ':1:1: unknown key "__proto__"'],
    ['a limit below its range', 'limits: { connections: 0 }', 'from 1 to 100000, got 0'],
    ['a limit with the wrong unit', 'limits: { spool: 5m }', 'bytes from 1MB to 1TB, got "5m"'],
    ['a command longer than the judge reads', 'limits: { command: 1MB }', 'from 64 to 16KB'],
    ['a public URL with a path', 'http: { public-url: "https://a/b" }', 'without a path'],
    ['a public address that is none', 'public-ssh: 0.0.0.0:22', 'expected where clients find SSH'],
    ['a public port that is none', 'public-ssh: [a.example:0]', 'expected where clients find SSH'],
    ['a balancer by name', 'balancers: [lb.local]', 'expected an address or a network'],
    [
      'a balancer with bits to spare',
      'balancers: [10.0.0.1/8]',
      'expected an address or a network',
    ],
    ['a proxy by name', 'http: { proxies: [proxy.local] }', "expected the proxy's IP address"],
    [
      'a CA that is a certificate',
      'user-cas: [{ public-key: ssh-ed25519-cert-v01@openssh.com AAAA, agents: {a: b} }]',
      'a CA is a plain key, this is a certificate',
    ],
    [
      'a CA without principals',
      `user-cas: [{ public-key: "ssh-ed25519 ${'A'.repeat(68)}", agents: {} }]`,
      'names no principal',
    ],
    [
      'an agent with the reserved name',
      `user-cas: [{ public-key: "ssh-ed25519 ${'A'.repeat(68)}", agents: { x: sallyport } }]`,
      '"sallyport" is reserved',
    ],
    ['a database that is none', 'database: { url: mysql://x }', 'expected postgres://'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const faults = await faultsIn({}, yaml)
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.ok(faults[0]?.startsWith('/srv/sallyport/etc/sallyport.yaml:'), faults[0])
      assert.ok(faults[0]?.includes(expected), faults[0])
    })
  }

  for (const [what, env, expected] of [
    ['http beyond loopback without TLS', { SALLYPORT_HTTP: '0.0.0.0:80' }, 'without encryption'],
    ['a direct URL alone', { DATABASE_DIRECT_URL: 'postgres://a@b/c' }, 'without DATABASE_URL'],
    ['keys inside the state', { SALLYPORT_KEYS: 'var' }, 'the same folder'],
    ['an address without a host', { SALLYPORT_SSH: ':22' }, 'write 0.0.0.0:22'],
    ['an address for everywhere', { SALLYPORT_SSH: '*:22' }, 'write 0.0.0.0:22'],
    ['bare IPv6', { SALLYPORT_SSH: '::1:22' }, 'expected HOST:PORT'],
    ['a number for an address', { SALLYPORT_SSH: '1.2.3:22' }, '1.2.3 is no address'],
    ['brackets around IPv4', { SALLYPORT_SSH: '[1.2.3.4]:22' }, 'is no IPv6 address'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const faults = await faultsIn(env)
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.ok(faults[0]?.includes(expected), faults[0])
    })
  }

  it('never repeats a database URL or anything in it', async () => {
    for (const url of [
      'mysql://app:hunter2@db/x',
      'postgres://app:hun#ter2:@db:x/x',
      'postgres://app:hunter2@db',
      'hunter2',
    ]) {
      const faults = [
        ...(await faultsIn({ DATABASE_URL: url, DATABASE_DIRECT_URL: url })),
        ...(await faultsIn({}, `database: { url: ${JSON.stringify(url)} }`)),
        ...(await faultsIn({}, `database: ${JSON.stringify(url)}`)),
        ...(await faultsIn({}, `database: { url: [${JSON.stringify(url)}] }`)),
      ]
      assert.ok(faults.length >= 4)
      for (const fault of faults) assert.doesNotMatch(fault, /hunter2|ter2|hun#/)
    }
  })

  it('survives what Kubernetes puts beside a service called sallyport', async () => {
    const config = await read({
      SALLYPORT_PORT: 'tcp://10.0.0.1:2222',
      SALLYPORT_SERVICE_HOST: '10.0.0.1',
      SALLYPORT_SERVICE_PORT: '2222',
      SALLYPORT_PORT_2222_TCP_ADDR: '10.0.0.1',
    })
    assert.ok(config.ok)
  })

  it('gives up on an alias bomb instead of unfolding it', async () => {
    const levels = 'bcdefghij'.split('').map((name, index) => {
      const before = 'abcdefghij'[index]
      return `${name}: &${name} [${`*${before},`.repeat(9)}]`
    })
    const faults = await faultsIn({}, `a: &a [x]\n${levels.join('\n')}`)
    assert.match(faults.join('\n'), /alias/i)
  })
})
