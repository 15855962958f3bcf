import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { defaultLimits } from '../../server/config/limits.ts'
import { openStore } from '../../server/store/open.ts'
import type { Store } from '../../server/store/store.ts'
import {
  decision,
  grantFor,
  openingUnder,
  openSession,
  realClock,
} from '../support/sample-grants.ts'
import { CommandBench } from './command-bench.ts'

/** What a hostile target prints: it clears the screen, sets the title, moves up, hides text, turns it around. */
const HOSTILE =
  '\u001b[2J\u001b]0;owned\u0007\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\ \u202etxt.exe\u009b31mred\n'
/** Tab and line feed are fine, everything else of these categories would be obeyed. */
const CONTROLS = /(?![\t\n])[\p{Cc}\p{Cf}]/u

describe('sallyport session', () => {
  let bench: CommandBench
  let store: Store
  let done: string
  let live: string

  before(async () => {
    bench = await CommandBench.create()
    store = await openStore(
      {
        home: bench.environment['SALLYPORT_HOME'] ?? '',
        database: { url: bench.database.url, directUrl: bench.database.ownerUrl },
        limits: defaultLimits,
      },
      { node: { version: '0.0.0-test', nativeCrypto: true }, clock: realClock, log: () => {} },
    )
    done = await recordWork()
    live = (await openSession(store)).id
  })
  after(async () => {
    await store.close('test over')
    await bench.end()
  })

  /** Two channels: one with output that attacks its reader, one denied and one that ran quietly. */
  async function recordWork(): Promise<string> {
    const session = await openSession(store)
    const first = await session.append(decision('cat /var/log/evil'))
    const tape = session.openTape(0, { terminal: null, title: 'cat' })
    await tape.write('stdout', Buffer.from(`one\ntwo\n${HOSTILE}50%\r100%\n`))
    await tape.close()
    await session.append({
      kind: 'command-ended',
      channel: 0,
      decision: first,
      exit: { status: 3 },
      fault: null,
      durationMs: 12,
      workingDirectory: null,
      stdin: { bytes: 0, sha256: 'e3b0', recordedBytes: 0 },
      stdout: { bytes: 100 },
      stderr: { bytes: 0 },
      recording: { fromMs: 0, toMs: tape.atMs },
    })
    await session.append(decision('rm -rf /\u001b[2K', 'deny'))
    const quiet = session.openTape(1, { terminal: null, title: 'uptime' })
    await session.append({ ...decision('uptime'), channel: 1 } as never)
    await quiet.write('stdout', Buffer.from('up 3 days\n'))
    await session.close('the agent left')
    return session.id
  }

  it('lists sessions newest first, as a table and as JSON', async () => {
    const listed = JSON.parse(await bench.must('session', 'list', '--json')) as {
      id: string
      live: boolean
      denied: number
    }[]
    assert.deepEqual(
      listed.map(session => [session.id, session.live, session.denied]),
      [
        [live, true, 0],
        [done, false, 1],
      ],
    )
    const table = await bench.must('session', 'list')
    assert.match(table, /^ID\s+AGENT\s+WHERE\s+STARTED\s+LASTED\s+RAN\s+DENIED\s+TASK\s+END$/m)
    assert.ok(table.includes(`${live}  agent-7  deploy+web-1  `))
  })

  it('narrows a listing, and goes on behind a page', async () => {
    const ids = async (...filter: string[]) =>
      (
        JSON.parse(await bench.must('session', 'list', '--json', ...filter)) as { id: string }[]
      ).map(({ id }) => id)
    assert.deepEqual(await ids('--live'), [live])
    assert.deepEqual(await ids('--denied'), [done])
    assert.deepEqual(await ids('--agent', 'nobody'), [])
    assert.deepEqual(await ids('--limit', '1'), [live])
    assert.deepEqual(await ids('--limit', '1', '--before', live), [done])
    const { stderr } = await bench.run('session', 'list', '--limit', '1')
    assert.equal(stderr, `More: sallyport session list --before ${live}\n`)
  })

  it('keeps ids whole in a narrow terminal', async () => {
    const { stdout } = await bench.runAt({ columns: 70 }, 'session', 'list')
    assert.ok(stdout.includes(done) && stdout.includes(live))
  })

  it('shows every decision, its outcome, and nothing that a terminal would obey', async () => {
    const shown = await bench.must('session', 'show', done)
    assert.match(
      shown,
      /allowed {2}cat \/var\/log\/evil\n.*rule look\n.*exit 3 after 12ms, 100 bytes out/,
    )
    assert.match(shown, /denied {2}rm -rf \/\\u\{1b\}\[2K/)
    assert.match(shown, /^ended\s.*: the agent left$/m)
    assert.doesNotMatch(shown, CONTROLS)
    const { stdout } = await bench.run('session', 'show', done, '--json')
    assert.doesNotMatch(stdout, CONTROLS)
    const { steps } = JSON.parse(stdout) as { steps: { line: { text: string } }[] }
    assert.deepEqual(
      steps.map(({ line }) => line.text),
      ['cat /var/log/evil', 'rm -rf /\u001b[2K', 'uptime'],
    )
  })

  it('says of a session that was not judged, and of each of its commands, that it was unfiltered', async () => {
    const grant = await grantFor(store)
    const opened = await store.evidence.open({ ...openingUnder(grant), unfiltered: true })
    assert.ok(opened.ok)
    const { value: session } = opened
    for (const more of [
      decision('mkfs /dev/vdb1'),
      { ...decision(''), forwarded: { text: 'exec "$SHELL" -l' } },
    ]) {
      await session.append({ ...more, unfiltered: true } as never)
    }
    await session.close('the agent left')
    const shown = await bench.must('session', 'show', session.id)
    assert.match(shown, /^UNFILTERED\s+recorded, not judged$/m)
    assert.match(shown, /#1 allowed, UNFILTERED {2}mkfs \/dev\/vdb1$/m)
    assert.match(shown, /#2 allowed, UNFILTERED {2}exec "\$SHELL" -l$/m)
    const { unfiltered } = JSON.parse(
      await bench.must('session', 'show', session.id, '--json'),
    ) as {
      unfiltered: boolean
    }
    assert.equal(unfiltered, true)
    assert.doesNotMatch(await bench.must('session', 'show', done), /unfiltered/i)
  })

  it('exports text that reads well and is safe to print', async () => {
    const text = await bench.must('session', 'export', done, '--format', 'text')
    assert.doesNotMatch(text, CONTROLS)
    assert.match(text, /=== channel 0\n[\s\S]*cat \/var\/log\/evil\n[\s\S]*one\ntwo\n/)
    assert.match(text, /^link \\u\{202e\}txt\.exered$/m)
    assert.match(text, /^100%$/m)
    assert.match(text, /=== channel 1\n[\s\S]*uptime\n[\s\S]*up 3 days$/)
    const one = await bench.must('session', 'export', done, '--format', 'text', '--channel', '1')
    assert.ok(!one.includes('evil') && one.includes('up 3 days'))
  })

  it('exports one channel as a cast, and asks which where there are several', async () => {
    const asked = await bench.run('session', 'export', done)
    assert.equal(asked.status, 1)
    assert.equal(asked.stdout, '')
    assert.match(asked.stderr, /choose with --channel: 0 \(cat \/var\/log\/evil\), 1 \(uptime\)/)
    const cast = await bench.must('session', 'export', done, '--channel', '1')
    const [header, ...events] = cast.split('\n')
    assert.equal((JSON.parse(header ?? '') as { version: number }).version, 2)
    const [event] = events.map(line => JSON.parse(line) as [number, string, string])
    assert.deepEqual(event?.slice(1), ['o', 'up 3 days\r\n'])
  })

  it('exports all facts as JSON, into a file that it never overwrites', async () => {
    const out = join(bench.folder, 'session.json')
    await bench.must('session', 'export', done, '--format', 'json', '--out', out)
    const whole = JSON.parse(readFileSync(out, 'utf8')) as { events: unknown[]; chunks: unknown[] }
    assert.ok(whole.events.length >= 8 && whole.chunks.length >= 2)
    assert.equal(statSync(out).mode & 0o777, 0o600)
    const again = await bench.run('session', 'export', done, '--format', 'json', '--out', out)
    assert.equal(again.status, 1)
    assert.match(again.stderr, /session\.json exists already; choose another name/)
  })

  it('says so where nothing was recorded', async () => {
    const { status, stderr } = await bench.run('session', 'export', live)
    assert.equal(status, 1)
    assert.match(stderr, /has no recording/)
  })

  it('writes down who looked and who took', async () => {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: bench.database.ownerUrl })
    await client.connect()
    try {
      const { rows } = await client.query<{ body: string }>(
        `select convert_from(body, 'UTF8') as body from sallyport.journal_body`,
      )
      const kinds = rows.map(({ body }) => (JSON.parse(body) as { kind: string }).kind)
      assert.ok(kinds.filter(kind => kind === 'session-viewed').length >= 2, kinds.join())
      assert.ok(kinds.filter(kind => kind === 'session-exported').length >= 4, kinds.join())
    } finally {
      await client.end()
    }
  })

  it('terminates a live session, and watches it end', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant)
    const ending = new Promise<string>(resolve => {
      store.endings.watch({ id: session.id, grant, identity: {} as never }, refusal => {
        resolve(refusal.because)
        void session.close('terminated')
      })
    })
    const { status, stdout, stderr } = await bench.run(
      'session',
      'terminate',
      session.id,
      '--reason',
      'it went too far',
    )
    assert.equal(status, 0, stderr)
    assert.equal(stdout, `session ${session.id} ended\n`)
    assert.equal(await ending, 'terminated')
    const again = await bench.run('session', 'terminate', session.id, '--reason', 'again')
    assert.equal(again.status, 1)
    assert.match(again.stderr, /has ended already/)
  })

  it('says when a node does not answer to a revocation', async () => {
    const grant = await grantFor(store)
    const session = await openSession(store, grant) // nobody watches its end
    const { status, stdout, stderr } = await bench.run('grant', 'revoke', grant.id, '--reason', 'x')
    assert.equal(status, 1)
    assert.match(stdout, /revoked; 0 live sessions ended/)
    assert.ok(stderr.includes(`1 session did not end within 3s (${session.id})`), stderr)
    await session.close('test over')
  })

  it('names the nearest session on a miss', async () => {
    const mistyped = `${done.slice(0, -1)}${done.endsWith('0') ? '1' : '0'}`
    const { status, stderr } = await bench.run('session', 'show', mistyped)
    assert.equal(status, 1)
    assert.ok(stderr.includes(`there is no session "${mistyped}", did you mean ${done}`), stderr)
  })
})
