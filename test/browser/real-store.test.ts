import assert from 'node:assert/strict'
import type { SessionEvent } from '../../server/core/audit/events.ts'
import type { SessionRecord } from '../../server/core/ports/evidence.ts'
import type { Store } from '../../server/store/store.ts'
import { PageBench } from '../support/page-bench.ts'
import { openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

const WITHOUT_TERMINAL = { terminal: null, title: 'a test' }

describe('a session in PostgreSQL, in Chromium', function () {
  this.timeout(60_000)
  let storeBench: StoreBench
  let store: Store
  let session: SessionRecord

  before(async () => {
    storeBench = await StoreBench.create()
    store = await storeBench.open()
  })
  after(() => storeBench.end())

  const bench = PageBench.use([], () => ({
    archive: store.archive,
    signIns: store.signIns,
    journal: store.journal,
  }))

  beforeEach(async () => {
    session = await openSession(store)
  })
  afterEach(() => session.close('the test is over'))

  /** One exec of the agent: judged, run, recorded. */
  async function runs(channel: number, line: string, output: readonly Uint8Array[]): Promise<void> {
    await session.append({ kind: 'channel-opened', channel, terminal: null })
    const seq = await session.append(decided(channel, line, 'allow'))
    const tape = session.openTape(channel, WITHOUT_TERMINAL)
    const fromMs = Date.now() - session.startedAtMs
    for (const bytes of output) await tape.write('stdout', bytes)
    await tape.close()
    await session.append({
      kind: 'command-ended',
      channel,
      decision: seq,
      exit: { status: 0 },
      fault: null,
      durationMs: Date.now() - session.startedAtMs - fromMs,
      workingDirectory: null,
      stdin: { bytes: 0, sha256: '', recordedBytes: 0 },
      stdout: { bytes: Buffer.concat(output).length },
      stderr: { bytes: 0 },
      recording: { fromMs, toMs: Date.now() - session.startedAtMs },
    })
  }

  const text = (words: string): Uint8Array => Buffer.from(words)

  async function open(): Promise<void> {
    const { token } = await store.signIns.makeLink('viewer', 'the test', 60_000)
    await bench.tab.goto(`${bench.part.url}/sign-in?next=/sessions/${session.id}#${token}`)
    await bench.tab.waitForSelector('.ap-term-text')
  }

  it('plays what the spool brought there, also bytes that were no text', async () => {
    await runs(0, 'ls', [text('one\ntwo\n'), Uint8Array.of(0x66, 0xff, 0x6f, 0x0a)])
    await session.append(decided(1, 'rm -rf /', 'deny'))
    await session.close('the agent left')
    await open()
    await bench.step('ls').click()
    await bench.screenShows('f\ufffdo')
    assert.deepEqual(
      (await bench.screen())
        .split('\n')
        .slice(0, 3)
        .map(line => line.trim()),
      ['one', 'two', 'f\ufffdo'],
    )
    assert.equal(await bench.step('rm -rf').locator('.outcome').innerText(), 'denied')
  })

  it('follows a session that is live, and sees it end', async () => {
    await runs(0, 'echo one', [text('one\n')])
    await open()
    await bench.tab.locator('.facts .badge.live').waitFor()
    await bench.screenShows('one')
    await runs(1, 'echo two', [text('two\n')])
    await bench.step('echo two').waitFor()
    await bench.screenShows('two')
    await session.close('the agent left')
    await bench.tab.locator('.facts .badge.live').waitFor({ state: 'detached' })
  })

  it('takes a link once, whatever the page does', async () => {
    const { token } = await store.signIns.makeLink('viewer', 'the test', 60_000)
    const link = `${bench.part.url}/sign-in#${token}`
    await bench.tab.goto(link)
    await bench.tab.waitForSelector('tbody tr')
    await bench.tab.getByRole('button', { name: 'Sign out' }).click()
    await bench.tab.getByText('You are signed out.').waitFor()
    await bench.tab.goto(link)
    await bench.tab.getByText('This link did not sign you in').waitFor()
  })
})

function decided(channel: number, line: string, verdict: 'allow' | 'deny'): SessionEvent {
  return {
    kind: 'command-decided',
    channel,
    form: 'exec',
    terminal: false,
    line: { text: line },
    forced: null,
    verdict,
    rule: 'default',
    reasons: [],
    commands: [],
    canonical: line,
    forwarded: verdict === 'allow' ? { text: line } : null,
    input: 'none',
    observed: false,
    unfiltered: false,
    workingDirectory: null,
  }
}
