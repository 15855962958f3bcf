import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { EVERYDAY, plain, Supervised } from './supervised.ts'

const MEGABYTE = 1_048_576
/**
 * What ten megabytes may add to this process, which is the bastion, the agent and its screen in one. The bastion holds
 * 64 KB of typed bytes, a line of 16 KB and what streams buffer; the rest is what V8 takes before it collects.
 */
const GROWTH_BYTES = 300 * MEGABYTE
/** A program that takes nothing has had time to show that the agent is made to wait. */
const STUCK_MS = 1000

const POLICY = `${EVERYDAY}
  - id: lines
    program: [dd]
    verdict: allow
    input: line
    lines: [".*"]
  - id: keys
    program: [sum, perl]
    verdict: allow
    input: raw
    escapes: accepted
`

describe('a large paste', function () {
  this.timeout(25_000)
  let sshd: Sshd
  let session: Supervised
  let rssBefore: number

  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())
  beforeEach(async () => {
    session = await Supervised.start(sshd, { policy: POLICY })
    rssBefore = process.memoryUsage().rss
  })
  afterEach(async () => {
    await session.leave()
    assert.ok(process.memoryUsage().rss - rssBefore < GROWTH_BYTES)
  })

  /** Types so many bytes as fast as they are taken. */
  async function paste(text: string, bytes: number): Promise<void> {
    const { stdin } = session.agent
    const chunk = Buffer.from(
      text.repeat(Math.max(1, Math.floor(32_768 / Buffer.byteLength(text)))),
    )
    for (let sent = 0; sent < bytes; sent += chunk.length) {
      if (!stdin.write(chunk.subarray(0, Math.min(chunk.length, bytes - sent)))) {
        // oxlint-disable-next-line no-await-in-loop -- a client that is told to wait
        await once(stdin, 'drain')
      }
    }
  }

  /** Not with `until`, which looks at everything that was shown from there on: here that is megabytes. */
  async function shows(pattern: RegExp): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop
    while (!pattern.test(plain(session.shown.slice(-10_000)))) await sleep(20)
  }

  for (const [what, text] of [
    ['words', 'never '],
    ['no ASCII', 'é漢字 '],
    ['tabs', '\t'],
    ['cursor keys', 'x\x1b[D'],
    ['what is erased again', 'ab\x7f'],
    ['what is cut out and put back', 'x\x15\x19'],
    ['searches', '\x12ab'],
    ['bytes that mean nothing', '\0\x1b[99~\xff'],
  ] as const) {
    it(`of ten megabytes at the prompt is refused as a line, and forgotten: ${what}`, async () => {
      await paste(text, 10 * MEGABYTE)
      await shows(/sallyport: this is more than a line may hold/)
      session.type('\x15\x03')
      await shows(/\^C\r\n.*[#$] $/)
      assert.equal(await session.run('echo fine'), 'fine\r\n')
      assert.equal(session.events.filter(({ kind }) => kind === 'command-decided').length, 1)
    })
  }

  it('of ten megabytes that is brought to its end is denied, whole', async () => {
    await paste('never ', 10 * MEGABYTE)
    session.type('\r')
    await shows(
      /sallyport: denied: the line is longer than can be kept of one; none of it was sent/,
    )
  })

  it('of ten megabytes in brackets is denied as one line', async () => {
    session.type('\x1b[200~')
    await paste('echo never\r', 10 * MEGABYTE)
    session.type('\x1b[201~\r')
    await shows(/sallyport: denied: the line is longer/)
    assert.equal(session.events.filter(({ kind }) => kind === 'command-decided').length, 1)
  })

  it('of lines into a program that takes lines arrives, every byte, each line judged', async () => {
    session.type('dd of=/dev/null\r')
    await shows(/dd of=\/dev\/null\r\n$/)
    await paste(`${'y'.repeat(3999)}\n`, 400 * 4000)
    session.type('\x04')
    await shows(/1600000 bytes/)
    assert.equal(session.events.filter(({ kind }) => kind === 'command-decided').length, 401)
  })

  it('of ten megabytes into a program that takes every key arrives, every byte', async () => {
    session.type('sum -s\r')
    await shows(/sum -s\r\n$/)
    await paste(`${'y'.repeat(999)}\n`, 10_240_000)
    session.type('\x04')
    await shows(/20000\r\n.*[#$] $/)
    const ended = session.events.findLast(event => event.kind === 'command-ended')
    assert.equal(ended?.stdin.bytes, 10_240_001)
  })

  for (const [what, command] of [
    ['lines', 'dd if=/dev/zero of=/dev/null\r'],
    ['every key', "perl -e 'sleep 60'\r"],
  ] as const) {
    it(`into a program that may have ${what} and reads none makes the agent wait`, async () => {
      session.type(command)
      await sleep(STUCK_MS)
      let isTaken = false
      void paste(`${'y'.repeat(999)}\n`, 10 * MEGABYTE).then(() => {
        isTaken = true
      })
      await sleep(STUCK_MS)
      assert.equal(isTaken, false)
      assert.ok(session.agent.stdin.writableLength > 0)
    })
  }

  it('of ten megabytes while nothing may be typed is dropped, all but what a prompt can use, and ^C comes through', async () => {
    session.type('sleep 60\r')
    await shows(/sleep 60\r\n$/)
    await paste('echo never\r', 10 * MEGABYTE)
    session.type('\x03')
    await shows(/\^C\r\n.*[#$] $/)
    assert.equal(await session.run('echo fine'), 'fine\r\n')
    assert.ok(!session.shown.includes('never'))
  })

  it('of nothing but ^C is no flood of signals', async () => {
    session.type('sleep 60\r')
    await shows(/sleep 60\r\n$/)
    await paste('\x03', MEGABYTE)
    session.type('echo marked\r')
    await shows(/\nmarked\r\n.*[#$] $/)
    assert.equal(await session.run('echo fine'), 'fine\r\n')
  })
})
