import assert from 'node:assert/strict'
import type { Exit } from '../../server/core/audit/events.ts'
import type { Terminal } from '../../server/core/ports/channels.ts'
import type { ChannelRequest } from '../../server/session/visit.ts'
import { byte, string, uint32 } from '../../server/ssh/connection/wire.ts'
import { serveSession } from '../../server/ssh/requests.ts'
import { openProgram } from '../../server/ssh/target-channel.ts'
import { joinedPair } from './connection/pair.ts'

const TERMINAL: Terminal = {
  term: 'xterm-256color',
  columns: 101,
  rows: 33,
  widthPixels: 808,
  heightPixels: 528,
  modes: Uint8Array.of(53, 0, 0, 0, 0, 128, 0, 0, 150, 0, 0), // ECHO off, input speed, end
}

/** In memory, against our own reading of the requests: OpenSSH's is tried elsewhere. */
describe('openProgram', () => {
  const start = async (
    options: Parameters<typeof openProgram>[2],
    serve: (request: ChannelRequest) => Promise<void>,
  ) => {
    const pair = joinedPair({
      onOpen: opening =>
        serveSession(opening.accept(), {
          visit: {
            serve,
            refuse: async () => 'no',
            ended: new Promise(() => undefined),
            leave: async () => undefined,
          },
          limits: { environmentBytes: 1000, commandBytes: 1000, terminalCells: 4096 },
          refuse: async () => 'no',
          takeNotices: () => [],
          track: () => undefined,
        }),
    })
    return openProgram(pair.client, Buffer.of(0x6c, 0x73, 0xff), options)
  }

  it('asks for the terminal, its size and its modes as they are', async () => {
    let asked: ChannelRequest | null = null
    await start({ terminal: TERMINAL, environment: { LANG: 'C.UTF-8' } }, async request => {
      asked = request
    })
    const { terminal, environment, program } = asked as unknown as ChannelRequest
    assert.deepEqual(terminal, TERMINAL)
    assert.equal(Buffer.from(environment.get('LANG') ?? []).toString(), 'C.UTF-8')
    assert.ok(program.is === 'exec')
    assert.deepEqual([...program.command], [0x6c, 0x73, 0xff])
  })

  it('passes signals and sizes on, whatever their names', async () => {
    const events: unknown[] = []
    const channel = await start({ terminal: TERMINAL, environment: {} }, async request => {
      request.onSignal(name => events.push(name))
      request.onResize(({ columns, rows }) => {
        events.push([columns, rows])
        void request.client.finish({ status: 0 })
      })
    })
    channel.signal('TERM')
    channel.signal('RTMIN+3')
    channel.resize(77, 22, 0, 0)
    assert.deepEqual(await channel.ended, { status: 0 })
    assert.deepEqual(events, ['TERM', 'RTMIN+3', [77, 22]])
  })

  for (const exit of [
    { status: 0 },
    { status: 255 },
    { status: 0xffff_ffff },
    { signal: 'KILL', coreDumped: false, message: '' },
    { signal: 'SIG@openssh.com', coreDumped: true, message: 'grün' },
  ] satisfies Exit[]) {
    it(`learns how a program ended: ${JSON.stringify(exit)}`, async () => {
      const channel = await start({ terminal: null, environment: {} }, ({ client }) =>
        client.finish(exit),
      )
      assert.deepEqual(await channel.ended, exit)
    })
  }

  it('learns that nobody says how a program ended', async () => {
    const channel = await start({ terminal: null, environment: {} }, ({ client }) =>
      client.finish(null),
    )
    assert.equal(await channel.ended, null)
  })

  for (const [what, type, data] of [
    ['an exit status that is cut short', 'exit-status', [byte(0)]],
    ['a signal without an end', 'exit-signal', [uint32(9999)]],
    ['a signal that is not UTF-8', 'exit-signal', [string(Buffer.of(0xff)), byte(0), string('')]],
  ] as const) {
    it(`takes ${what} for no word at all`, async () => {
      const pair = joinedPair({
        onOpen: opening => {
          const channel = opening.accept()
          channel.onRequest = request => {
            request.succeed()
            channel.announce(type, ...data)
            channel.close()
          }
        },
      })
      const options = { terminal: null, environment: {} }
      const channel = await openProgram(pair.client, Buffer.from('x'), options)
      assert.equal(await channel.ended, null)
    })
  }

  it('rejects where no terminal is given', async () => {
    const pair = joinedPair({
      onOpen: opening => {
        const channel = opening.accept()
        channel.onRequest = request =>
          request.type === 'pty-req' ? request.fail() : request.succeed()
      },
    })
    const options = { terminal: TERMINAL, environment: {} }
    await assert.rejects(openProgram(pair.client, Buffer.from('x'), options), /no terminal/)
  })

  it('rejects where nothing may run', async () => {
    const pair = joinedPair({
      onOpen: opening => {
        opening.accept().onRequest = request => request.fail()
      },
    })
    const options = { terminal: null, environment: {} }
    await assert.rejects(
      openProgram(pair.client, Buffer.from('x'), options),
      /does not run commands/,
    )
  })
})
