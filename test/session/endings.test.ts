import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { openReception } from '../../server/session/reception.ts'
import type { Visit } from '../../server/session/visit.ts'
import { agentSeven, MemoryAgent, MemoryWorld } from '../support/memory-world.ts'

const client = { address: '127.0.0.1', version: 'SSH-2.0-OpenSSH_9.2' }

function visit(world: MemoryWorld, userName = 'web', identity = agentSeven): Visit {
  return openReception(world.surroundings).open(identity, userName, client)
}

describe('the end of a session', () => {
  it('tells the agent why, signals the program and forwards nothing more', async () => {
    const world = new MemoryWorld()
    let received = ''
    const started = new Promise<void>(resolve => {
      world.program = program => {
        program.stdin.on('data', (chunk: Buffer) => {
          received += chunk.toString()
        })
        resolve()
      }
    })
    const agent = new MemoryAgent(world, 'sleep 1000')
    const here = visit(world)
    const serving = here.serve(agent.request)
    await started
    agent.stdin.write('before')
    await turn()
    await turn()
    world.end({ because: 'grant-revoked', reason: 'enough' })
    agent.stdin.write('after')
    await serving

    assert.equal(received, 'before')
    assert.ok(world.story.includes('signalled TERM'))
    assert.match(
      agent.told,
      /^sallyport: session ended: your grant was revoked: enough; stop here, .*\n$/,
    )
    assert.deepEqual(agent.exit, { status: 126 })
    assert.deepEqual(await here.ended, { because: 'grant-revoked', reason: 'enough' })
  })

  it('hangs up on the program when the agent is gone, and closes the record with the reason', async () => {
    const world = new MemoryWorld()
    const agent = new MemoryAgent(world, 'sleep 1000')
    world.program = () => agent.hangUp()
    const here = visit(world)
    await here.serve(agent.request)
    await here.leave()

    assert.ok(world.story.includes('signalled HUP'))
    const ended = world.events.find(event => event.kind === 'command-ended')
    assert.match(ended?.fault ?? '', /the agent hung up.*may still run/)
    assert.ok(world.story.includes('closed: the agent disconnected'))
  })

  it('holds input back while the node has lost touch with the revocations', async () => {
    const world = new MemoryWorld()
    world.mayForward = false
    let received = ''
    world.program = program => {
      program.stdin.on('data', (chunk: Buffer) => {
        received += chunk.toString()
      })
      setImmediate(() => {
        assert.equal(received, '')
        world.mayForward = true
        program.stdin.on('end', () => program.exit({ status: 0 }))
      })
    }
    const agent = new MemoryAgent(world, 'cat')
    agent.stdin.end('held')
    await visit(world).serve(agent.request)
    assert.equal(received, 'held')
  })
})

describe('a target that cannot be recorded', () => {
  it('ends the session and nothing else: no rejection is left alone', async () => {
    const world = new MemoryWorld()
    world.failAppend = event =>
      event.kind === 'target-connected' ? new Error('database gone') : null
    const strays: unknown[] = []
    const noteStray = (reason: unknown): void => void strays.push(reason)
    process.on('unhandledRejection', noteStray)
    try {
      const agent = new MemoryAgent(world, 'ls')
      const here = visit(world)
      await here.serve(agent.request)
      assert.equal((await here.ended).because, 'not-written')
      await here.leave()
      await turn()
      assert.deepEqual(agent.exit, { status: 126 })
      assert.deepEqual(strays, [])
    } finally {
      process.off('unhandledRejection', noteStray)
    }
  })
})
