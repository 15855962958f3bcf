import assert from 'node:assert/strict'
import type { Identity } from '../../server/core/access.ts'
import { openReception } from '../../server/session/reception.ts'
import type { ProgramRequest, Visit } from '../../server/session/visit.ts'
import { agentSeven, grantFor, MemoryAgent, MemoryWorld, xterm } from '../support/memory-world.ts'

const client = { address: '192.0.2.7', version: 'SSH-2.0-test' }

describe('the counter', () => {
  let world: MemoryWorld
  const arrive = (identity: Identity = agentSeven, userName = 'sallyport'): Visit =>
    openReception(world.surroundings).open(identity, userName, client)

  /** One question on a connection of its own. */
  async function ask(command: string, visit = arrive()): Promise<MemoryAgent> {
    const agent = new MemoryAgent(world, command)
    await visit.serve(agent.request)
    return agent
  }

  beforeEach(() => {
    world = new MemoryWorld()
  })

  it('writes a question down before it answers', async () => {
    const agent = await ask('whoami')
    assert.deepEqual(agent.exit, { status: 0 })
    assert.match(agent.shown, /^agent +agent-7$/m)
    assert.equal(world.story[0], 'recorded counter-asked')
    assert.ok(world.story[1]?.startsWith('showed agent'))
    assert.deepEqual(world.journal, [
      {
        kind: 'counter-asked',
        agent: 'agent-7',
        keyId: 'agent-7#1',
        client,
        command: { text: 'whoami' },
        forced: null,
      },
    ])
  })

  it('gives no answer that it could not write down', async () => {
    world.failRecord = () => new Error('the database is gone')
    const agent = await ask('request web --task T --reason R --for 1h')
    assert.equal(agent.shown, '')
    assert.match(agent.told, /cannot keep its record/)
    assert.deepEqual(world.requests, [])
  })

  it('touches no target and judges nothing', async () => {
    for (const line of ['uptime', 'whoami; id', 'request web --task T --reason R --for 1h']) {
      await ask(line)
    }
    assert.ok(
      world.story.every(step => !/^(judged|dialled|ran) /.test(step)),
      world.story.join(),
    )
  })

  it('says who is asking, as JSON with --json', async () => {
    const { shown } = await ask('whoami --json')
    assert.deepEqual(JSON.parse(shown), {
      agent: 'agent-7',
      task: null,
      onBehalfOf: null,
      keyId: 'agent-7#1',
      serial: '1',
      key: 'SHA256:key',
      ca: 'SHA256:ca',
      validBefore: '1970-01-01T00:33:20.000Z',
    })
  })

  it('says what was granted, and how to use it', async () => {
    const { shown } = await ask('grants')
    assert.match(shown, /^where +ssh deploy\+web@bastion COMMAND$/m)
    const [grant] = JSON.parse((await ask('grants --json')).shown) as { id: string }[]
    assert.equal(grant?.id, 'grant-1')
  })

  it('says which grants are for another task than the certificate’s', async () => {
    world.grants = [grantFor('agent-7', { task: 'T-1' }), grantFor('agent-7', { task: 'T-2' })]
    const { shown } = await ask('grants', arrive({ ...agentSeven, task: 'T-1' }))
    assert.match(shown, /^task +T-1$/m)
    assert.match(shown, /^task +T-2 \(not yours now\)$/m)
  })

  it('is open to an agent without a grant, and says what to do', async () => {
    world.grants = []
    const agent = await ask('grants')
    assert.deepEqual(agent.exit, { status: 0 })
    assert.match(agent.told, /^No grant is good now\. Ask for one: request TARGET/)
    assert.deepEqual(JSON.parse((await ask('grants --json')).shown), [])
  })

  it('takes a request and prints its id alone', async () => {
    const line = 'request web --task T-9 --reason logins are slow --for 1h --login deploy'
    const agent = await ask(line)
    assert.equal(agent.shown, 'request-1\n')
    assert.match(agent.told, /status request-1/)
    const [made] = world.requests
    assert.deepEqual(made, {
      id: 'request-1',
      agent: 'agent-7',
      task: 'T-9',
      onBehalfOf: null,
      target: 'web',
      login: 'deploy',
      policy: null,
      forMs: 3_600_000,
      reason: 'logins are slow',
      keyId: 'agent-7#1',
      clientAddress: '192.0.2.7',
      madeAtMs: 1_000_000,
      answer: null,
    })
  })

  it('takes the task from the certificate where the request names none', async () => {
    await ask('request web --reason R --for 1h', arrive({ ...agentSeven, task: 'T-1' }))
    assert.equal(world.requests[0]?.task, 'T-1')
    const agent = await ask('request web --reason R --for 1h')
    assert.deepEqual(agent.exit, { status: 2 })
    assert.match(agent.told, /^sallyport: --task is missing/)
  })

  for (const [what, line, status, sentence] of [
    [
      'a target that is not there',
      'request wbe --task T --reason R --for 1h',
      1,
      /no target called wbe/,
    ],
    [
      'a login that the target has not',
      'request web --task T --reason R --for 1h --login app',
      1,
      /web has no login app/,
    ],
    ['nothing', '', 2, /^sallyport: say what you want; usage: whoami/],
    [
      'a command for a target',
      'uptime',
      2,
      /^sallyport: there is no command "uptime"; usage: whoami/,
    ],
    ['somebody else’s escapes', 'request web --task \u001b[2J', 2, /^sallyport: one line/],
    ['a request that is not there', 'status request-9', 1, /you made no request "request-9"/],
  ] as const) {
    it(`answers ${what} in one sentence, with status ${status}`, async () => {
      const agent = await ask(line)
      assert.deepEqual(agent.exit, { status })
      assert.match(agent.told, sentence)
      assert.equal(agent.told.split('\n').length, 2)
      assert.ok(!agent.told.includes('\u001b'))
      assert.equal(agent.shown, '')
    })
  }

  it('tells an agent nothing of another’s request', async () => {
    await ask('request web --task T --reason R --for 1h')
    const other = arrive({ ...agentSeven, agent: 'agent-8' })
    const agent = await ask('status request-1', other)
    assert.deepEqual(agent.exit, { status: 1 })
    assert.equal(agent.shown, '')
  })

  it('says what became of a request', async () => {
    await ask('request web --task T --reason R --for 1h')
    assert.match((await ask('status request-1')).shown, /^state +waiting$/m)
    const [request] = world.requests
    assert.ok(request !== undefined)
    world.requests[0] = {
      ...request,
      answer: { is: 'denied', reason: 'not on a Friday\u001b[2J', atMs: 1_000_000, by: 'root' },
    }
    const denied = await ask('status request-1')
    assert.deepEqual(denied.exit, { status: 1 })
    assert.match(denied.shown, /^because +not on a Friday\\u\{1b\}\[2J$/m)
    const json = JSON.parse((await ask('status request-1 --json')).shown) as { state: string }
    assert.equal(json.state, 'denied')
  })

  for (const program of [
    { is: 'shell' },
    { is: 'subsystem', name: new TextEncoder().encode('sftp') },
  ] as const satisfies readonly ProgramRequest[]) {
    it(`refuses a ${program.is} in one sentence that says what to do`, async () => {
      const agent = new MemoryAgent(world, '', { program, terminal: xterm })
      await arrive().serve(agent.request)
      assert.match(agent.told, /^sallyport: denied: .* ssh sallyport@bastion help .*\r\n$/)
      assert.equal(agent.shown, '')
      assert.deepEqual(
        world.journal.map(({ kind }) => kind),
        ['counter-refused'],
      )
    })
  }

  it('refuses a forward in one sentence, and writes it down', async () => {
    const line = await arrive().refuse('direct-tcpip', new TextEncoder().encode('10.0.0.1:22'))
    assert.match(line, /^sallyport: denied: the request direct-tcpip is not offered here; /)
    const [event] = world.journal
    assert.ok(event?.kind === 'counter-refused')
    assert.deepEqual(event.detail, { text: '10.0.0.1:22' })
  })

  it('reads a certificate’s force-command in the question’s stead', async () => {
    const visit = arrive({ ...agentSeven, forceCommand: 'whoami' })
    const agent = await ask('request web --task T --reason R --for 1h', visit)
    assert.match(agent.shown, /^agent +agent-7$/m)
    assert.deepEqual(world.requests, [])
    const [event] = world.journal
    assert.ok(event?.kind === 'counter-asked')
    assert.equal(event.forced, 'whoami')
  })

  it('answers at a terminal with the line ends of one', async () => {
    const agent = new MemoryAgent(world, 'whoami', { terminal: xterm })
    await arrive().serve(agent.request)
    assert.ok(
      agent.shown
        .split('\n')
        .slice(0, -1)
        .every(line => line.endsWith('\r')),
    )
  })

  it('answers as fast as its pace allows and no faster, whatever connection is used', async () => {
    const reception = openReception(world.surroundings)
    const askOnce = async (identity: Identity): Promise<MemoryAgent> =>
      ask('whoami', reception.open(identity, 'sallyport', client))
    for (let asked = 0; asked < world.surroundings.counter.pace.burst; asked += 1) {
      assert.deepEqual((await askOnce(agentSeven)).exit, { status: 0 })
    }
    for (let asked = 0; asked < 5; asked += 1) {
      const agent = await askOnce(agentSeven)
      assert.deepEqual(agent.exit, { status: 1 })
      assert.match(agent.told, /^sallyport: you ask too often; wait \d+ s/)
      assert.equal(agent.shown, '')
    }
    // One event, not five: a loop must not fill the journal.
    assert.equal(world.journal.filter(({ kind }) => kind === 'counter-refused').length, 1)
    assert.deepEqual((await askOnce({ ...agentSeven, agent: 'agent-8' })).exit, { status: 0 })
  })

  it('ends with the certificate, and answers no more', async () => {
    const visit = arrive()
    world.end({ because: 'certificate-revoked' })
    assert.deepEqual(await visit.ended, { because: 'certificate-revoked' })
    const agent = await ask('whoami', visit)
    assert.equal(agent.shown, '')
    assert.match(agent.told, /your certificate was revoked/)
    await visit.leave()
  })

  it('answers nothing while the node may have missed a revocation', async () => {
    world.mayForward = false
    const agent = await ask('whoami')
    assert.equal(agent.shown, '')
    assert.match(agent.told, /lost touch with its database/)
  })

  for (const userName of ['deploy+sallyport', 'Sallyport', 'sallyport+web']) {
    it(`is not at the user name ${userName}`, async () => {
      const visit = arrive(agentSeven, userName)
      const agent = await ask('whoami', visit)
      assert.doesNotMatch(agent.shown, /^agent /m)
      await visit.leave()
    })
  }
})
