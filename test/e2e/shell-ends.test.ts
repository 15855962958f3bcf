import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawn } from '@lydell/node-pty'
import { Bastion } from '../support/bastion.ts'
import { readerOf } from '../support/evidence-reader.ts'
import { grant, register } from '../support/registered.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { PROMPT, TerminalClient } from '../support/terminal-client.ts'

const POLICY = `version: 1
name: terminal
default: deny
rules:
  - id: speak
    program: [echo, sleep, nohup, stty, wc]
    verdict: allow
    redirect-to: ["/dev/null"]
  - id: talk
    program: [cat]
    verdict: allow
    input: line
    lines: [".*"]
  - id: read
    program: [less]
    verdict: allow
    input: raw
    escapes: disabled
`

/** Outlives its session because it is asked to: the only thing that may. */
const KEPT = 'nohup sleep 86399 >/dev/null 2>&1 &'
const KEPT_PROCESS = /\bsleep 86399\b/
const DISCONNECTED = 'the agent disconnected'
const WAITS_MS = 60_000
const PASTE_BYTES = 10 * 1024 * 1024
/** Window-changes in the storm: a person who drags a window's corner sends sixty a second. */
const RESIZES = 10_000
/**
 * What a paste or a storm may add to the bastion's memory, for good. Held input, a line and its history are
 * bounded by 64 KB each; the rest is what V8 takes before it collects.
 */
const GROWTH_BYTES = 256 * 1024 * 1024

/** What goes on in the session when it ends: keys to type, and the process that shows that it has begun. */
const SCENES: readonly (readonly [name: string, keys: string, process: RegExp])[] = [
  ['at the prompt', '', KEPT_PROCESS],
  ['with half a line typed', 'echo never', KEPT_PROCESS],
  ['in the middle of a program', 'sleep 4001\r', /\bsleep 4001\b/],
  ['in the middle of a pipeline, with a job', 'sleep 4002 & sleep 4003 | cat\r', /\bsleep 4003\b/],
  ['in a program that takes lines', 'cat\r', /\bcat\b/],
  ['in a full-screen program', 'less BOOK\r', /\bless \S/],
]

/** `ssh -t COMMAND`: no shell of the bastion's stands behind these, and nohup keeps something all the same. */
const COMMANDS: readonly (readonly [name: string, line: string, process: RegExp])[] = [
  ['a command that takes lines', `${KEPT} cat`, /^\s*\d+ cat\b/],
  ['a full-screen command', `${KEPT} less BOOK`, /^\s*\d+ less \S/],
]

/** An OpenSSH server and the word that stands in the environment of everything it starts. */
interface Marked {
  readonly sshd: Sshd
  readonly mark: string
}

describe('an interactive session that is broken off', function () {
  this.timeout(240_000)
  let bastion: Bastion
  let box: Marked
  let key: string
  /** A target and an agent of their own for the shell that is given a quarter of a minute: others end meanwhile. */
  let slow: Marked
  let silenced: TerminalClient

  before(async () => {
    box = await marked()
    slow = await marked()
    writeFileSync(join(box.sshd.directory, 'book'), 'a line\n'.repeat(10_000))
    bastion = new Bastion()
    await bastion.up()
    bastion.write('var/policies/terminal.yaml', POLICY)
    await register(bastion, box.sshd, 'somebody', 'T-0')
    await grant(bastion, box.sshd, 'agent-7', 'T-1', '1h', 'terminal')
    await register(bastion, slow.sshd, 'somebody', 'T-0', 'slow')
    await grant(bastion, slow.sshd, 'agent-8', 'T-1', '1h', 'terminal', 'slow')
    key = await bastion.agent('agent-7', 'T-1')
    silenced = await open('slow', await bastion.agent('agent-8', 'T-1'))
    stopShell(slow)
    silenced.type('echo never\r')
  })

  after(async () => {
    await bastion?.stop()
    for (const where of [box, slow]) {
      for (const { pid } of running(where)) process.kill(pid, 'SIGKILL')
      await where?.sshd.stop()
    }
  })

  for (const [scene, keys, program] of SCENES) {
    it(`${scene}, because its client is gone, leaves nothing but what nohup keeps`, async () => {
      const client = await play(keys, program)
      client.kill()
      await untilOnlyKept(1)
      assert.equal(await lastEnd(), DISCONNECTED)
    })
  }

  for (const [scene, keys, program] of SCENES) {
    it(`${scene}, because its target is gone, leaves nothing but what nohup keeps`, async () => {
      const client = await play(keys, program)
      for (const pid of servers(box)) process.kill(pid, 'SIGKILL')
      assert.notEqual(await client.ended, 0)
      assert.match(
        client.shown,
        /^sallyport: shell ended: the connection to box was lost: .*; reconnect/m,
      )
      await untilOnlyKept(1)
      assert.equal(await lastEnd(), DISCONNECTED)
    })
  }

  for (const [scene, line, program] of COMMANDS) {
    it(`in ${scene} instead of a shell, because its client is gone, leaves nothing but what nohup keeps`, async () => {
      const client = await begin(line, program)
      client.kill()
      await untilOnlyKept(1)
      assert.equal(await lastEnd(), DISCONNECTED)
    })
  }

  it('because its shell was stopped and takes no line, leaves nothing', async () => {
    assert.notEqual(await silenced.ended, 0)
    assert.match(
      silenced.shown,
      /^sallyport: shell ended: the shell on slow has taken no line for 15 s: .*; reconnect/m,
    )
    await untilOnlyKept(0, slow)
    assert.equal(await lastEnd('agent-8'), DISCONNECTED)
  })

  it('in any way, because the bastion was killed, leaves nothing but what nohup keeps', async () => {
    const clients = await Promise.all([
      ...SCENES.map(([, keys, program]) => play(keys, program)),
      ...COMMANDS.map(([, line, program]) => begin(line, program)),
    ])
    await bastion.kill()
    for (const client of clients) assert.notEqual(await client.ended, 0)
    await untilOnlyKept(clients.length)
    await bastion.up()
    assert.equal(await lastEnd(), 'node lost')
  })

  it('while its stopped shell waits for a program, leaves nothing', async () => {
    const client = await play('sleep 4001\r', /\bsleep 4001\b/)
    stopShell(box)
    client.kill()
    await untilOnlyKept(1)
    assert.equal(await lastEnd(), DISCONNECTED)
  })

  it('after a storm of resizes has the last size, and the bastion has grown little', async () => {
    const before = memoryOf(bastion.pid)
    const client = spawn('ssh', ['-tt', ...bastion.sshOptions(key), address()], {
      cols: 80,
      rows: 24,
    })
    let shown = ''
    client.onData(text => {
      shown += text
    })
    await until(() => PROMPT.test(shown))
    for (let sent = 0; sent < RESIZES; sent += 1) {
      client.resize(20 + (sent % 200), 5 + (sent % 50))
      // Else the client sees one signal for many changes.
      await new Promise(resolve => setImmediate(resolve))
    }
    client.resize(101, 37)
    // OpenSSH's client may send keys before the size that came first.
    while (!/\b37 101\b/.test(shown)) {
      shown = ''
      client.write('stty size\r')
      await until(
        () => /\d+ \d+\r\n[^]*[#$] $/.test(shown),
        () => JSON.stringify(shown.slice(-300)),
      )
    }
    client.kill('SIGKILL')
    await untilOnlyKept(0)
    assert.equal(await lastEnd(), DISCONNECTED)
    assert.ok(memoryOf(bastion.pid) - before < GROWTH_BYTES)
  })

  for (const [where, keys, program] of [
    ['at the prompt', '', null],
    ['in brackets at the prompt', '\x1b[200~', null],
    ['while a program without input runs', 'sleep 4001\r', /\bsleep 4001\b/],
  ] as const) {
    it(`after a paste of ten megabytes ${where} has kept nothing from others`, async () => {
      const other = await open()
      const before = memoryOf(bastion.pid)
      const client = await open()
      client.type(keys)
      if (program !== null) await untilRuns(program)
      client.type(Buffer.alloc(PASTE_BYTES, 'never '))
      while (client.child.stdin?.writableLength !== 0) {
        await other.run('echo still here', /^still here[^]*[#$] $/m)
      }
      const grown = memoryOf(bastion.pid) - before
      client.kill()
      other.kill()
      await untilOnlyKept(0)
      assert.equal(await lastEnd(), DISCONNECTED)
      assert.ok(grown < GROWTH_BYTES, `${Math.round(grown / 1024 / 1024)} MB more`)
    })
  }

  const address = (target = 'box') => `${box.sshd.login}+${target}@${bastion.ready.ssh.host}`
  const book = () => join(box.sshd.directory, 'book')

  function open(target = 'box', as = key): Promise<TerminalClient> {
    return TerminalClient.start([...bastion.sshOptions(as), address(target)])
  }

  /** A session with something kept by nohup, in the middle of a scene. */
  async function play(keys: string, program: RegExp): Promise<TerminalClient> {
    const client = await open()
    await client.run(KEPT)
    client.type(keys.replace('BOOK', book()))
    await untilRuns(program)
    return client
  }

  /** A command with a terminal, which has begun. */
  async function begin(line: string, program: RegExp): Promise<TerminalClient> {
    const command = line.replace('BOOK', book())
    const client = new TerminalClient([...bastion.sshOptions(key), address(), command])
    await untilRuns(program)
    return client
  }

  function stopShell(where: Marked): void {
    const shells = running(where).filter(({ line }) => line.includes('--noediting'))
    assert.ok(shells.length > 0)
    for (const { pid } of shells) process.kill(pid, 'SIGSTOP')
  }

  /** What the target has started and is there still; the command line is followed by the environment. */
  function running(where: Marked = box): { pid: number; line: string }[] {
    return processes(['axeww', '-o', 'pid=,args='])
      .filter(line => line.includes(where.mark))
      .map(line => ({ pid: Number.parseInt(line, 10), line }))
  }

  /** The target's sshd processes, one or two for each connection. */
  function servers(where: Marked): number[] {
    const all = processes(['ax', '-o', 'pid=,ppid=,args=']).map(line => {
      const [, pid, parent, name = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
      return { pid: Number(pid), parent: Number(parent), name }
    })
    const found = [where.sshd.pid]
    for (const one of found) {
      const children = all.filter(({ parent, name }) => parent === one && name.startsWith('sshd'))
      found.push(...children.map(({ pid }) => pid))
    }
    return found.slice(1)
  }

  function untilRuns(program: RegExp): Promise<void> {
    return until(() => running().some(({ line }) => program.test(line)))
  }

  /** Until what is left are so many sleepers that nohup keeps; they are then ended. */
  async function untilOnlyKept(sleepers: number, where = box): Promise<void> {
    await until(
      () => {
        const left = running(where)
        return (
          servers(where).length === 0 &&
          left.length === sleepers &&
          left.every(({ line }) => KEPT_PROCESS.test(line))
        )
      },
      () =>
        `on the target: sshd ${servers(where).join()}; ${running(where)
          .map(({ line }) => line.slice(0, 200))
          .join('\n')}`,
    )
    for (const { pid } of running(where)) process.kill(pid, 'SIGKILL')
  }

  /** Waits until every record is closed; gives the reason of the last one. */
  async function lastEnd(agent = 'agent-7'): Promise<string | null> {
    const reader = await readerOf(bastion)
    try {
      for (;;) {
        const sessions = await reader.archive.sessions({ limit: 1000, agent })
        if (sessions.every(({ endedAtMs }) => endedAtMs !== null)) {
          return sessions[0]?.endReason ?? null
        }
        await sleep(100)
      }
    } finally {
      await reader.close()
    }
  }
})

async function marked(): Promise<Marked> {
  const word = randomUUID()
  const sshd = await startSshd({ environment: { SALLYPORT_TEST_MARK: word } })
  return { sshd, mark: `SALLYPORT_TEST_MARK=${word}` }
}

function processes(parameters: readonly string[]): string[] {
  return execFileSync('ps', parameters, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split(
    '\n',
  )
}

/** Waits for what must come, however loaded the machine is; gives up with what stands there instead. */
async function until(holds: () => boolean, otherwise = () => ''): Promise<void> {
  const givesUpAtMs = performance.now() + WAITS_MS
  while (!holds()) {
    if (performance.now() > givesUpAtMs) throw new Error(`waited in vain; ${otherwise()}`)
    await sleep(50)
  }
}

/** Resident memory in bytes. */
function memoryOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024
}
