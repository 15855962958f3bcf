import assert from 'node:assert/strict'
import { openReception } from '../../server/session/reception.ts'
import type { Visit } from '../../server/session/visit.ts'
import {
  agentSeven,
  demoTarget,
  grantFor,
  MemoryAgent,
  MemoryWorld,
} from '../support/memory-world.ts'

const client = { address: '127.0.0.1', version: 'SSH-2.0-OpenSSH_9.2' }

function visit(world: MemoryWorld, userName = 'web', identity = agentSeven): Visit {
  return openReception(world.surroundings).open(identity, userName, client)
}

describe('a visit without a grant', () => {
  for (const [what, userName, grants, expected] of [
    ['no grant', 'web', [], /no grant lets agent-7 into web/],
    ['an unknown target', 'nowhere', [grantFor('agent-7')], /no target called nowhere/],
    ['an unreadable user name', 'a b', [grantFor('agent-7')], /cannot read a target/],
    [
      'a login that is not granted',
      'root+web',
      [grantFor('agent-7')],
      /no grant lets agent-7 into root\+web/,
    ],
    [
      'two tasks',
      'web',
      [grantFor('agent-7'), grantFor('agent-7', { task: 'T-2' })],
      /grants of several tasks match \(T-1, T-2\)/,
    ],
    [
      'two logins',
      'web',
      [grantFor('agent-7'), grantFor('agent-7', { login: 'root' })],
      /several logins are granted \(deploy, root\)/,
    ],
  ] as const) {
    it(`reads a sentence on its channel: ${what}`, async () => {
      const world = new MemoryWorld()
      world.grants = [...grants]
      const agent = new MemoryAgent(world, 'ls')
      await visit(world, userName).serve(agent.request)
      assert.match(agent.told, expected)
      assert.match(agent.told, /\(rule no-grant, event -\)\n$/)
      assert.deepEqual(agent.exit, { status: 126 })
      assert.equal(world.journal[0]?.kind, 'session-refused')
    })
  }
})

describe('what is not decided', () => {
  for (const program of [
    { is: 'shell' },
    { is: 'subsystem', name: new TextEncoder().encode('sftp') },
  ] as const) {
    it(`is refused with a sentence and an event: ${program.is}`, async () => {
      const world = new MemoryWorld()
      const agent = new MemoryAgent(world, '', { program })
      await visit(world).serve(agent.request)
      assert.match(agent.told, /is not offered here; .*\(rule default, event session-1:0\)\n$/)
      assert.equal(world.events[0]?.kind, 'request-refused')
    })
  }

  for (const request of [
    'direct-tcpip',
    'x11-req',
    'auth-agent-req@openssh.com',
    'made-up@example.org',
  ]) {
    it(`is refused with a sentence and an event: ${request}`, async () => {
      const world = new MemoryWorld()
      const sentence = await visit(world).refuse(request, new Uint8Array([0xff]))
      assert.match(sentence, /^sallyport: denied: .* is not offered here; .*event session-1:0\)$/)
      assert.deepEqual(world.events[0], {
        kind: 'request-refused',
        channel: null,
        request,
        detail: { base64: '/w==' },
        rule: 'default',
        reason: sentence.replace(/^sallyport: denied: | \(rule.*$/g, ''),
      })
    })
  }
})

describe('what is not decided, on a connection without a session', () => {
  const request = 'direct-tcpip'
  const detail = new TextEncoder().encode('10.1.2.3:22')

  it('is written down every time, with who asked for what', async () => {
    const world = new MemoryWorld()
    const arrived = visit(world, 'whoever')
    const sentence = await arrived.refuse(request, detail)
    assert.match(sentence, /^sallyport: denied: .* \(rule default, event -\)$/)
    await arrived.refuse(request, new TextEncoder().encode('10.1.2.4:22'))
    assert.deepEqual(world.events, [])
    assert.equal(world.journal[0]?.kind, 'session-refused')
    assert.deepEqual(world.journal[1], {
      kind: 'outside-request-refused',
      agent: 'agent-7',
      keyId: 'agent-7#1',
      client,
      request,
      detail: { text: '10.1.2.3:22' },
      rule: 'default',
      reason: sentence.replace(/^sallyport: denied: | \(rule.*$/g, ''),
    })
    assert.match(JSON.stringify(world.journal[2]), /10\.1\.2\.4:22/)
  })

  it('ends the visit where it cannot be written down', async () => {
    const world = new MemoryWorld()
    const arrived = visit(world, 'whoever')
    world.failRecord = event =>
      event.kind === 'outside-request-refused' ? new Error('the database is gone') : null
    await arrived.refuse(request, detail)
    assert.equal((await arrived.ended).because, 'not-written')
  })
})

describe('a target that is not isolated from the bastion', () => {
  for (const [what, policy, change] of [
    ['another policy', 'web-operator', {}],
    ['an unfiltered policy that calls itself investigator', 'investigator', { unfiltered: true }],
    ['an observing policy that calls itself investigator', 'investigator', { mode: 'observe' }],
  ] as const) {
    it(`accepts only investigator, enforced: not ${what}`, async () => {
      const world = new MemoryWorld()
      world.grants = [grantFor('agent-7', { policy })]
      world.targets = [{ ...demoTarget, restricted: true }]
      world.policy = { ...world.policy, ...change }
      const agent = new MemoryAgent(world, 'ls')
      await visit(world).serve(agent.request)
      assert.match(agent.told, /the policy of your grant cannot be used/)
      assert.deepEqual(agent.exit, { status: 126 })
    })
  }
})
