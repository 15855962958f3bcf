import assert from 'node:assert/strict'
import { PassThrough, Readable } from 'node:stream'
import { replayPolicy, type ReplayOptions } from '../../server/cli/policy-replay.ts'
import type { PolicyDesk } from '../../server/cli/policy-desk.ts'
import { RecordedFunctions } from '../../server/cli/recorded-functions.ts'
import { openScreen } from '../../server/cli/screen.ts'
import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { Journal } from '../../server/core/ports/evidence.ts'
import type { RecordedCommand, RecordedCommands } from '../../server/core/ports/replaying.ts'
import { openPolicies } from '../../server/policies/open-policies.ts'
import { memoryJournal } from '../support/memory-archive.ts'
import { CommandBench } from './command-bench.ts'

const NOW = Date.UTC(2026, 10, 20, 12)

/** A record of commands, the newest last. */
const RECORD: readonly RecordedCommand[] = [
  recorded('uptime', 'allow'),
  recorded('rm -rf /tmp/x', 'allow'),
  recorded('cat notes.txt', 'allow'),
  recorded('cat /etc/hosts', 'deny'),
  { ...recorded('', 'deny'), line: { base64: '/w==' } },
]

describe('replayPolicy', () => {
  it('shows what would now be decided otherwise, and why', async () => {
    const { status, stdout, stderr } = await replay({ from: '7d' })
    assert.equal(status, 1)
    assert.match(
      stdout,
      /session-1:1 {2}allow \(was\) → deny \(default\)\n {2}rm -rf \/tmp\/x\n {2}because/,
    )
    assert.match(stdout, /deny \(was\) → allow \(reading\)\n {2}cat \/etc\/hosts/)
    assert.match(stderr, /5 commands judged again, 2 would be decided otherwise/)
  })

  it('as JSON, with the event that it is about', async () => {
    const { stdout } = await replay({ from: '2026-11-01', to: '2026-11-20T11:00:00Z', json: true })
    const rows = JSON.parse(stdout) as { event: string; was: object; now: { verdict: string } }[]
    assert.deepEqual(
      rows.map(({ event, now }) => [event, now.verdict]),
      [
        ['session-1:1', 'deny'],
        ['session-1:3', 'allow'],
      ],
    )
  })

  it('asks for the sessions under a policy of that name, or for all', async () => {
    assert.deepEqual((await replay({ from: '7d' })).span, {
      fromMs: NOW - 7 * 86_400_000,
      toMs: NOW,
      policy: 'investigator',
    })
    assert.equal((await replay({ from: '7d', all: true })).span?.policy, null)
  })

  it('writes down who looks at what before the first line is shown', async () => {
    const journal = memoryJournal()
    await replay({ from: '2026-11-01', to: '2026-11-20T11:00:00Z', all: true }, journal)
    assert.deepEqual(journal.events, [
      {
        kind: 'commands-replayed',
        policy: 'investigator',
        recordedUnder: null,
        from: '2026-11-01T00:00:00.000Z',
        to: '2026-11-20T11:00:00.000Z',
        shown: 2,
        user: 'ada',
      },
    ])
    journal.fault = 'the database is gone'
    const shown: string[] = []
    await assert.rejects(replay({ from: '7d' }, journal, shown), /the database is gone/)
    assert.deepEqual(shown, [])
  })
})

describe('sallyport policy replay', () => {
  let bench: CommandBench
  before(async () => {
    bench = await CommandBench.create()
  })
  after(() => bench.end())

  it('finds nothing to judge in an empty record', async () => {
    const { status, stdout, stderr } = await bench.run(
      'policy',
      'replay',
      'investigator',
      '--from',
      '7d',
      '--json',
    )
    assert.deepEqual([status, JSON.parse(stdout)], [0, []])
    assert.match(stderr, /0 commands judged again, 0 would be decided otherwise/)
  })

  for (const time of ['monday', '2026-13-01', '999999w'.repeat(20)]) {
    it(`refuses a time that is none: ${time.slice(0, 20)}`, async () => {
      const { status, stderr } = await bench.run('policy', 'replay', 'investigator', '--from', time)
      assert.equal(status, 2)
      assert.ok(stderr.includes(`"${time}" is no time`), stderr)
    })
  }
})

type Span = Parameters<RecordedCommands['between']>[0]

async function replay(
  options: ReplayOptions,
  journal: Journal = memoryJournal(),
  shown: string[] = [],
): Promise<{ status: number; stdout: string; stderr: string; span: Span | null }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  stdout.setEncoding('utf8').on('data', (text: string) => shown.push(text))
  const screen = openScreen({ stdin: Readable.from([]), stdout, stderr }, {})
  let span: Span | null = null
  const desk: PolicyDesk = {
    screen,
    workingDirectory: '/',
    nowMs: () => NOW,
    policyFiles: async () => openPolicies('/nonexistent'),
    by: 'ada',
    journal: async () => journal,
    recordedCommands: async () => ({
      async *between(asked) {
        span = asked
        yield* RECORD
      },
    }),
  }
  const status = await replayPolicy(desk, 'investigator', options)
  return { status, stdout: shown.join(''), stderr: textOf(stderr), span }
}

function textOf(stream: PassThrough): string {
  return String(stream.read() ?? '')
}

function recorded(line: string, verdict: RecordedCommand['verdict']): RecordedCommand {
  return {
    session: 'session-1',
    seq: ['uptime', 'rm -rf /tmp/x', 'cat notes.txt', 'cat /etc/hosts'].indexOf(line),
    atMs: NOW - 1000,
    line: { text: line },
    shell: 'bash',
    login: 'deploy',
    target: { name: 'web1', tags: [] },
    workingDirectory: null,
    verdict,
    rule: 'was',
    inShell: null,
  }
}

describe('the functions of a recorded session', () => {
  it('are what its lines had defined by then, each shell for itself', () => {
    const functions = new RecordedFunctions('bash')
    const names = (seq: number, event: SessionEvent): string[] =>
      functions.take(seq, event).definitions.map(({ name }) => name)
    assert.deepEqual(names(1, decided('look() { uptime; }', 0)), [])
    assert.deepEqual(names(2, decided('look', 0)), []) // typed ahead: the definition has not run
    functions.take(3, ended(1))
    assert.deepEqual(names(4, decided('look', 0)), ['look'])
    assert.deepEqual(names(5, decided('look', 1)), [])
    functions.take(6, decided('unset -f look', 0))
    assert.deepEqual(names(7, decided('look', 0)), [])
    functions.take(8, { ...decided('look() { rm -rf /; }', 0), forwarded: null })
    functions.take(9, ended(8))
    assert.deepEqual(names(10, decided('look', 0)), [])
  })
})

function decided(text: string, channel: number): DecidedEvent {
  return {
    kind: 'command-decided',
    channel,
    form: 'interactive',
    terminal: true,
    line: { text },
    forced: null,
    verdict: 'allow',
    rule: 'was',
    reasons: [],
    commands: [],
    canonical: text,
    forwarded: { text },
    input: 'none',
    observed: false,
    unfiltered: false,
    workingDirectory: '/',
  }
}

function ended(decision: number): SessionEvent {
  return {
    kind: 'command-ended',
    channel: 0,
    decision,
    exit: { status: 0 },
    fault: null,
    durationMs: 1,
    workingDirectory: '/',
    stdin: { bytes: 0, sha256: '', recordedBytes: 0 },
    stdout: { bytes: 0 },
    stderr: { bytes: 0 },
    recording: { fromMs: 0, toMs: 1 },
  }
}

type DecidedEvent = Extract<SessionEvent, { kind: 'command-decided' }>
