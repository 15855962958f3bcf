import assert from 'node:assert/strict'
import { openReception } from '../../server/session/reception.ts'
import type { Visit } from '../../server/session/visit.ts'
import { agentSeven, MemoryAgent, MemoryWorld, xterm } from '../support/memory-world.ts'

const client = { address: '127.0.0.1', version: 'SSH-2.0-OpenSSH_9.2' }

function visit(world: MemoryWorld, userName = 'web', identity = agentSeven): Visit {
  return openReception(world.surroundings).open(identity, userName, client)
}

describe('one exec request', () => {
  it('is judged, written down, run, recorded and shown, in this order', async () => {
    const world = new MemoryWorld()
    world.program = program => {
      program.stdout.write('hello\n')
      program.exit({ status: 3 })
    }
    const agent = new MemoryAgent(world, 'greet')
    await visit(world).serve(agent.request)

    const inOrder = [
      'judged greet',
      'wrote allow',
      "ran exec bash -c 'greet'",
      'taped stdout hello',
      'showed hello',
    ]
    assert.deepEqual(
      world.story.filter(line => inOrder.includes(line)),
      inOrder,
    )
    assert.deepEqual(agent.exit, { status: 3 })
    assert.equal(agent.shown, 'hello\n')
  })

  it('says so where the target does not tell how the command ended', async () => {
    const world = new MemoryWorld()
    world.program = program => program.exit(null)
    const agent = new MemoryAgent(world, 'greet')
    await visit(world).serve(agent.request)
    const sentence =
      'sallyport: no exit status: the target closed the channel; the command may still run on web\n'
    assert.equal(agent.told, sentence)
    assert.deepEqual(world.taped.at(-1)?.text, sentence)
    assert.deepEqual(agent.exit, { status: 255 })
  })

  it('never dials the target for a refused command, and says which event holds the refusal', async () => {
    const world = new MemoryWorld()
    world.judgement = () => ({
      verdict: 'deny',
      rule: 'never',
      reasons: [{ code: 'rule', text: 'irreversible', at: 'dd' }],
      forward: null,
    })
    const agent = new MemoryAgent(world, 'dd if=/dev/zero')
    await visit(world).serve(agent.request)

    assert.deepEqual(
      world.story.filter(line => /^(dialled|ran)/.test(line)),
      [],
    )
    assert.equal(agent.told, 'sallyport: denied: irreversible (rule never, event session-1:0)\n')
    assert.deepEqual(agent.exit, { status: 126 })
    assert.equal(world.taped[0]?.text, agent.told)
  })

  it('runs nothing although the judge says where to forward, when the verdict is not allow', async () => {
    for (const verdict of ['deny', 'ask'] as const) {
      const world = new MemoryWorld()
      world.judgement = line => ({ verdict, rule: 'r', forward: line })
      const agent = new MemoryAgent(world, 'x')
      await visit(world).serve(agent.request)
      assert.deepEqual(
        world.story.filter(line => line.startsWith('ran')),
        [],
        verdict,
      )
      assert.deepEqual(agent.exit, { status: 126 })
    }
  })

  it('does not run a command it could not write down', async () => {
    const world = new MemoryWorld()
    world.failAppend = event => (event.kind === 'command-decided' ? new Error('disk full') : null)
    const agent = new MemoryAgent(world, 'ls')
    const here = visit(world)
    await here.serve(agent.request)

    assert.deepEqual(
      world.story.filter(line => line.startsWith('ran')),
      [],
    )
    assert.match(agent.told, /cannot keep its record/)
    assert.equal((await here.ended).because, 'not-written')
  })

  it('does not run a command whose grant went bad while it was being written down', async () => {
    const world = new MemoryWorld()
    world.isGrantGood = false
    const agent = new MemoryAgent(world, 'ls')
    await visit(world).serve(agent.request)

    assert.deepEqual(
      world.story.filter(line => line.startsWith('ran')),
      [],
    )
    assert.match(
      agent.told,
      /^sallyport: denied: your grant was revoked: incident 4411; .* \(rule no-grant, event session-1:\d+\)\n$/,
    )
  })

  it('is counted once, also where its terminal is refused or its grant is gone', async () => {
    const counted = async (
      identity: typeof agentSeven,
      terminal: typeof xterm | null,
      prepare: (world: MemoryWorld) => void,
    ): Promise<string[]> => {
      const world = new MemoryWorld()
      prepare(world)
      const counts: string[] = []
      const count = (what: string, why: string): void => void counts.push(`${what} ${why}`)
      const { request } = new MemoryAgent(world, 'ls', { terminal })
      const reception = openReception({ ...world.surroundings, count })
      await reception.open(identity, 'web', client).serve(request)
      return counts
    }
    const nothing = (): void => {}
    assert.deepEqual(await counted(agentSeven, null, nothing), ['allowed look-around'])
    assert.deepEqual(await counted({ ...agentSeven, permitPty: false }, xterm, nothing), [
      'refused pty-req',
    ])
    const lapsed = await counted(agentSeven, null, world => {
      world.isGrantGood = false
    })
    assert.deepEqual(lapsed, ['denied no-grant'])
  })

  it('judges and runs the force-command of the certificate in place of what was asked', async () => {
    const world = new MemoryWorld()
    const agent = new MemoryAgent(world, 'rm -rf /')
    await visit(world, 'web', { ...agentSeven, forceCommand: 'uptime' }).serve(agent.request)

    assert.ok(world.story.includes('judged uptime'))
    assert.ok(world.story.includes("ran exec bash -c 'uptime'"))
    const decided = world.events.find(event => event.kind === 'command-decided')
    assert.deepEqual(decided?.line, { text: 'rm -rf /' })
    assert.equal(decided?.forced, 'uptime')
  })

  it('records standard input up to the bound, and counts and digests all of it', async () => {
    const world = new MemoryWorld()
    world.program = program => {
      program.stdin.resume().on('end', () => program.exit({ status: 0 }))
    }
    const agent = new MemoryAgent(world, 'cat')
    agent.stdin.end('0123456789abcdef')
    await visit(world).serve(agent.request)

    const ended = world.events.find(event => event.kind === 'command-ended')
    assert.deepEqual(ended?.stdin, {
      bytes: 16,
      sha256: '9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f',
      recordedBytes: 8,
    })
    assert.deepEqual(world.taped, [{ stream: 'stdin', text: '01234567', atMs: 1 }])
  })

  it('lets only signals through to a program with a terminal', async () => {
    const world = new MemoryWorld()
    let received = ''
    world.program = program => {
      program.stdin.on('data', (chunk: Buffer) => {
        received += chunk.toString()
      })
      program.stdin.on('end', () => program.exit({ status: 0 }))
    }
    const agent = new MemoryAgent(world, 'less /var/log/syslog', { terminal: xterm })
    agent.stdin.end('!sh\r\x03:e /etc/passwd\x1a')
    await visit(world).serve(agent.request)
    assert.equal(received, '\x03\x1a')
  })

  it('refuses a terminal that the certificate does not permit', async () => {
    const world = new MemoryWorld()
    const agent = new MemoryAgent(world, 'top', { terminal: xterm })
    await visit(world, 'web', { ...agentSeven, permitPty: false }).serve(agent.request)
    assert.match(agent.told, /does not permit a terminal/)
    assert.deepEqual(
      world.story.filter(line => line.startsWith('judged')),
      [],
    )
  })

  it('passes the locale on and writes down which variables it ignored', async () => {
    const world = new MemoryWorld()
    const environment = new Map(
      Object.entries({ LANG: 'de_DE.UTF-8', LC_ALL: '../../evil', LD_PRELOAD: '/tmp/x.so' }).map(
        ([name, value]) => [name, new TextEncoder().encode(value)] as const,
      ),
    )
    await visit(world).serve(new MemoryAgent(world, 'ls', { environment }).request)
    assert.deepEqual(world.events[0], {
      kind: 'environment-ignored',
      channel: 0,
      names: ['LC_ALL', 'LD_PRELOAD'],
    })
  })
})
