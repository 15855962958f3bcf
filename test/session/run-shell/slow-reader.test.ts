import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { Supervised, type SupervisedOptions } from './supervised.ts'

const FOREVER = 'yes 0123456789abcdef'
const RAW = `version: 1
name: test
default: deny
rules:
  - { id: screens, program: ["yes", echo], verdict: allow, input: raw, escapes: accepted }
`
const LINES = RAW.replace('input: raw, escapes: accepted', 'input: line')
/** What ssh and the streams on the way hold, several times over; `yes` writes that in a hundredth of a second. */
const HELD_BYTES = 8 * 1024 * 1024

describe('an agent that does not read', function () {
  this.timeout(30_000)
  let sshd: Sshd
  let session: Supervised

  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())
  afterEach(async () => {
    // A real one's channel is closed by then, which wakes whoever waits for room.
    session.agent.stdout.destroy()
    await session.leave()
  })

  const WAYS: readonly [string, SupervisedOptions][] = [
    ['a program in the shell', {}],
    ['a full-screen program', { policy: RAW }],
    ['a command with a terminal', { policy: RAW, command: FOREVER }],
    ['a command with a terminal that may be sent lines', { policy: LINES, command: FOREVER }],
  ]
  for (const [what, options] of WAYS) {
    it(`holds up ${what}`, async () => {
      session = new Supervised(sshd, options)
      if (options.command === undefined) {
        await session.until(/[#$] $/)
        session.type(`${FOREVER}\r`)
      }
      session.agent.stdout.pause()
      await sleep(1500)
      const bytes = session.world.taped.reduce((sum, { text }) => sum + text.length, 0)
      assert.ok(bytes > FOREVER.length * 100, 'it runs')
      assert.ok(bytes < HELD_BYTES, `${bytes} bytes were taken from it`)
    })
  }
})
