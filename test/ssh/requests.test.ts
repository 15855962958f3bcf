import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { ChannelRequest } from '../../server/session/visit.ts'
import {
  collect,
  type Keyring,
  makeKeyring,
  type Ran,
  runSsh,
  sshArguments,
  startSsh,
} from '../support/ssh-client.ts'
import { string, uint32 } from '../../server/ssh/connection/wire.ts'
import { type Bastion, startBastion } from './bastion.ts'
import { rogueClient } from './rogue-client.ts'

describe('what an agent asks for', () => {
  let keyring: Keyring
  let bastion: Bastion
  let keyFile: string
  let asked: ChannelRequest[]
  let serve: (request: ChannelRequest) => Promise<void>

  const answer = async ({ client }: ChannelRequest): Promise<void> => {
    client.stdin.destroy()
    client.stdout.write('served\n')
    await client.finish({ status: 0 })
  }

  before(async () => {
    keyring = makeKeyring()
    keyFile = keyring.certify()
    bastion = await startBastion(keyring, request => {
      asked.push(request)
      return serve(request)
    })
  })
  after(async () => {
    await bastion.close()
    keyring.remove()
  })
  beforeEach(() => {
    asked = []
    bastion.refused.length = 0
    serve = answer
  })

  const run = (
    command: readonly string[],
    options: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    input: string | Buffer = '',
  ): Promise<Ran> =>
    runSsh(bastion.destination(keyFile), keyring.directory, { options, command, env, input })

  it('is a command, byte for byte', async () => {
    // A command line argument cannot hold NUL; everything else comes as it is, UTF-8 or not.
    const line = Buffer.from([0x61, 0xff, 0xfe, 0x80, 0xc3, 0x28, 0x0a, 0x27, 0x1b])
    const script = `exec ssh "$@" "$(printf 'a\\377\\376\\200\\303(\\n\\047\\033')"`
    const destination = bastion.destination(keyFile)
    const ran = await collect(
      spawn('sh', [
        '-c',
        script,
        'sh',
        ...sshArguments(destination, keyring.directory),
        destination.host,
      ]),
    )
    assert.equal(ran.status, 0, ran.stderr)
    const program = asked[0]?.program
    assert.ok(program?.is === 'exec')
    assert.deepEqual(Buffer.from(program.command), line)
  })

  it('is a shell', async () => {
    assert.equal((await run([])).status, 0)
    assert.deepEqual(asked[0]?.program, { is: 'shell' })
    assert.equal(asked[0]?.terminal, null)
  })

  it('is a subsystem', async () => {
    assert.equal((await run(['sftp'], ['-s'])).status, 0)
    const program = asked[0]?.program
    assert.ok(program?.is === 'subsystem')
    assert.equal(Buffer.from(program.name).toString(), 'sftp')
  })

  it('is refused without a word where a client only speaks of itself', async () => {
    const client = await rogueClient(bastion.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    for (const said of [
      'eow@openssh.com',
      'keepalive@openssh.com',
      'simple@putty.projects.tartarus.org',
      'winadj@putty.projects.tartarus.org',
    ]) {
      assert.equal(await channel.ask(said), false)
    }
    assert.equal(await channel.ask('exec', string('x')), true)
    assert.equal((await buffer(channel.errorInput)).toString(), '')
    assert.deepEqual(bastion.refused, [])
    client.end()
  })

  it('comes with an environment, its values as bytes', async () => {
    const env = { LC_ODD: 'grün', LC_EMPTY: '', OTHER: 'x' }
    await run(['x'], ['-o', 'SendEnv=LC_ODD LC_EMPTY'], env)
    const environment = asked[0]?.environment ?? new Map<string, Uint8Array>()
    assert.deepEqual(
      Object.fromEntries(
        [...environment].map(([name, value]) => [name, Buffer.from(value).toString()]),
      ),
      { LC_EMPTY: '', LC_ODD: 'grün' },
    )
  })

  it('comes with an environment that is bounded', async () => {
    const env = { LC_A: 'a'.repeat(12_000), LC_B: 'b'.repeat(12_000), LC_C: 'c' }
    const ran = await run(['x'], ['-o', 'SendEnv=LC_A LC_B LC_C'], env)
    assert.deepEqual([...(asked[0]?.environment.keys() ?? [])], ['LC_A', 'LC_C'])
    assert.equal(bastion.refused[0]?.request, 'env')
    assert.match(ran.stderr, /^sallyport: denied: env/)
  })

  it('comes with a terminal, its size and modes', async () => {
    await run(['x'], ['-tt'], { TERM: 'xterm-256color' })
    const terminal = asked[0]?.terminal
    assert.equal(terminal?.term, 'xterm-256color')
    // RFC 4254 §8: pairs of one byte and four, and a zero at the end.
    assert.equal((terminal?.modes.length ?? 0) % 5, 1)
    assert.equal(terminal?.modes.at(-1), 0)
  })

  it('comes with the modes of its terminal as they were sent, and sizes within reason', async () => {
    const client = await rogueClient(bastion.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    const modes = Uint8Array.of(53, 0, 0, 0, 0, 255, 1, 2, 3, 4, 0)
    const size = [uint32(0xffff_ffff), uint32(24), uint32(0), uint32(0)]
    assert.equal(await channel.ask('pty-req', string('xterm'), ...size, string(modes)), true)
    assert.equal(await channel.ask('exec', string('x')), true)
    client.end()
    const terminal = asked[0]?.terminal
    assert.deepEqual(terminal?.modes, modes)
    assert.equal(terminal?.columns, 4096)
    assert.equal(terminal?.rows, 24)
  })

  for (const [what, fields] of [
    ['a name that is none', [string('x\n'), ...[1, 1, 1, 1].map(uint32), string('')]],
    ['modes without end', [string('x'), ...[1, 1, 1, 1].map(uint32), string(Buffer.alloc(600))]],
    ['a request that is cut short', [string('x'), uint32(1)]],
  ] as const) {
    it(`gets no terminal for ${what}`, async () => {
      const client = await rogueClient(bastion.destination(keyFile))
      const channel = await client.multiplexer.open('session')
      assert.ok(typeof channel !== 'string')
      assert.equal(await channel.ask('pty-req', ...fields), false)
      client.end()
      assert.equal(bastion.refused[0]?.request, 'pty-req')
    })
  }

  it('passes signals and sizes on, also those that came before the program began', async () => {
    const events: unknown[] = []
    const heard = new Promise<void>(resolve => {
      serve = async request => {
        request.onSignal(name => events.push(name))
        request.onResize(({ columns }) => {
          events.push(columns)
          if (columns === 90) resolve()
        })
        await request.client.gone
      }
    })
    const client = await rogueClient(bastion.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    const sizes = (columns: number) => [columns, 24, 0, 0].map(uint32)
    void channel.ask('pty-req', string('x'), ...sizes(80), string(Buffer.of(0)))
    void channel.ask('auth-agent-req@openssh.com') // its refusal takes a moment to be written down
    void channel.ask('exec', string('x'))
    channel.announce('window-change', ...sizes(85))
    channel.announce('signal', string('INT'))
    channel.announce('signal', string('RTMIN+3'))
    channel.announce('window-change', ...sizes(90))
    await heard
    client.end()
    assert.deepEqual(new Set(events), new Set([85, 90, 'INT', 'RTMIN+3']))
  })

  it('is one program for each channel', async () => {
    serve = ({ client }) => client.gone
    const client = await rogueClient(bastion.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    assert.equal(await channel.ask('exec', string('one')), true)
    assert.equal(await channel.ask('exec', string('two')), false)
    assert.equal(await channel.ask('shell'), false)
    client.end()
    assert.equal(asked.length, 1)
  })

  it('may be much, but is not answered for ever', async () => {
    const client = await rogueClient(bastion.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    for (let asked = 0; asked < 200; asked += 1) void channel.ask(`made-up-${asked}@example.org`)
    await client.closed
    assert.equal(bastion.refused.length, 100)
  })

  it('is denied to nobody when it is only a sign of life', async () => {
    const client = await rogueClient(bastion.destination(keyFile))
    const channel = await client.multiplexer.open('session')
    assert.ok(typeof channel !== 'string')
    assert.equal(await channel.ask('keepalive@openssh.com'), false)
    assert.equal(await channel.ask('eow@openssh.com'), false)
    client.end()
    assert.deepEqual(bastion.refused, [])
  })

  it('is refused when the command is too long, and the event says so', async () => {
    const ran = await run([`echo ${'x'.repeat(20_000)}`])
    assert.equal(ran.status, 126)
    assert.match(ran.stderr, /^sallyport: denied: exec \(too long\)/)
    assert.deepEqual(asked, [])
    assert.equal(bastion.refused.length, 1)
  })

  it('is refused with a sentence when it does not even fit into a packet', async () => {
    const ran = await runSsh(bastion.destination(keyFile), keyring.directory, {
      command: ['x'.repeat(100_000)],
    })
    assert.equal(ran.status, 255)
    assert.match(
      ran.stderr,
      /sallyport: denied: .* too large to be read; a command has at most 16384 bytes/,
    )
    assert.deepEqual(
      bastion.refused.map(({ request }) => request),
      ['packet (too large)'],
    )
  })

  it('may come with input before anybody answers, and its end', async () => {
    let got = ''
    serve = async ({ client }) => {
      await new Promise(resolve => setTimeout(resolve, 50))
      got = (await buffer(client.stdin)).toString()
      await client.finish({ status: 0 })
    }
    await run(['x'], [], {}, 'early data')
    assert.equal(got, 'early data')
  })

  for (const [what, options, request, detail] of [
    ['agent forwarding', ['-A'], 'auth-agent-req@openssh.com', ''],
    ['X11 forwarding', ['-Y'], 'x11-req', null],
    ['a remote forward', ['-R', '18080:localhost:80'], 'tcpip-forward', 'localhost:18080'],
    [
      'a remote socket',
      ['-R', '/tmp/sallyport-no.sock:localhost:80'],
      'streamlocal-forward@openssh.com',
      '/tmp/sallyport-no.sock',
    ],
  ] as const) {
    it(`is refused with its sentence on standard error: ${what}`, async () => {
      const agent = await startAgent(keyring.directory)
      try {
        const env = { SSH_AUTH_SOCK: agent.socket, DISPLAY: ':99' }
        // OpenSSH forwards the agent of IdentityAgent, when there is one.
        const ran = await run(['x'], [...options, '-o', `IdentityAgent=${agent.socket}`], env)
        assert.equal(ran.stdout.toString(), 'served\n')
        assert.match(ran.stderr, new RegExp(`sallyport: denied: ${request}`))
        assert.equal(bastion.refused[0]?.request, request)
        if (detail !== null) assert.equal(bastion.refused[0]?.detail, detail)
      } finally {
        agent.stop()
      }
    })
  }

  it('is refused with its sentence in the answer: a connection to elsewhere', async () => {
    const ran = await run([], ['-W', '192.0.2.1:25'])
    assert.notEqual(ran.status, 0)
    assert.match(ran.stderr, /administratively prohibited: sallyport: denied: direct-tcpip/)
    assert.deepEqual(bastion.refused, [{ request: 'direct-tcpip', detail: '192.0.2.1:25' }])
  })

  it('is refused with its sentence in the answer: a socket elsewhere', async () => {
    const client = await rogueClient(bastion.destination(keyFile))
    const type = 'direct-streamlocal@openssh.com'
    const answer = await client.multiplexer.open(
      type,
      string('/run/some.sock'),
      string(''),
      uint32(0),
    )
    client.end()
    assert.ok(typeof answer === 'string')
    assert.match(answer, /sallyport: denied: direct-streamlocal@openssh.com/)
    assert.equal(bastion.refused[0]?.detail, '/run/some.sock')
  })

  it('is many things at once over one connection', async () => {
    const control = join(keyring.directory, 'c')
    const options = ['-M', '-N', '-S', control]
    const master = startSsh(bastion.destination(keyFile), keyring.directory, options, [])
    try {
      await until(async () => (await run([], ['-S', control, '-O', 'check'])).status === 0)
      const before = bastion.identities.length
      const over = await Promise.all(
        Array.from({ length: 9 }, () => run(['x'], ['-S', control, '-o', 'ControlMaster=no'])),
      )
      assert.deepEqual(
        over.map(({ stdout }) => stdout.toString()),
        Array.from({ length: 9 }, () => 'served\n'),
      )
      assert.equal(bastion.identities.length, before + 1, 'they shared one connection')
    } finally {
      master.kill()
      await once(master, 'exit')
    }
  })

  it('hears that the visit has ended, when it is idle', async () => {
    const control = join(keyring.directory, 'idle')
    const options = ['-M', '-N', '-S', control]
    const idle = startSsh(bastion.destination(keyFile), keyring.directory, options, [])
    const said = collect(idle)
    await until(async () => (await run([], ['-S', control, '-O', 'check'])).status === 0)
    // Who has asked for nothing yet has no visit that could end.
    await run(['x'], ['-S', control, '-o', 'ControlMaster=no'])
    bastion.end({ because: 'grant-revoked', reason: 'done' })
    const { stderr, status } = await said
    assert.match(stderr, /sallyport: session ended: your grant was revoked: done/)
    assert.equal(status, 255)
  })

  it('is told when the agent is gone', async () => {
    let isGone = false
    serve = async ({ client }) => {
      await client.gone
      isGone = true
    }
    const child = startSsh(bastion.destination(keyFile), keyring.directory, [], ['x'])
    await until(async () => asked.length === 1)
    child.kill('SIGKILL')
    await until(async () => isGone)
  })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 20))
}

async function startAgent(directory: string): Promise<{ socket: string; stop(): void }> {
  const socket = join(directory, `agent-${Math.random().toString(36).slice(2)}`)
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  return { socket, stop: () => void child.kill() }
}
