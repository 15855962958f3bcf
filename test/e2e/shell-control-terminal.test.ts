import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Driver, sealed } from '../../server/core/shell/driver-protocol/driver-text.ts'
import { runText } from '../../server/core/shell/driver-protocol/run-command.ts'
import { Supervised } from '../session/run-shell/supervised.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/**
 * A program that reads a counted number of bytes from the control terminal takes the head off what the driver is
 * told next. It broke through while commands were sent quoted: what was left of `echo 'x; pwned #'` ran.
 */
describe('reading the control terminal', () => {
  let sshd: Sshd
  let folder: string

  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-attack-'))
    writeFileSync(join(folder, 'pwned'), `#!/bin/sh\necho ran >> '${folder}/log'\n`)
    chmodSync(join(folder, 'pwned'), 0o755)
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  for (const shell of ['bash', 'sh'] as const) {
    /** Tells where the control terminal is, as an agent finds out. */
    const find = async (session: Supervised): Promise<Driver> => {
      const terminal = (await session.run('tty')).trim()
      const pid = (await session.run("sh -c 'echo $PPID'")).trim()
      const open = await session.run(`ls -l /proc/${pid}/fd`)
      const names = [...open.matchAll(/-> (\/dev\/pts\/\d+)/g)].map(([, name]) => name)
      const control = names.find(name => name !== terminal) ?? assert.fail(open)
      const dialect = shell === 'bash' ? 'bash' : 'posix'
      // Only the lengths count: the prefix and the nonces are as long in every session.
      return { dialect, control, terminal, prefix: '__0000000000000000_' }
    }

    it(`does not cut the lines of ${shell === 'bash' ? 'bash' : 'dash'}`, async () => {
      const session = await Supervised.start(sshd, { shell })
      const driver = await find(session)
      const lines = (command: string): string =>
        runText(driver, command, {
          nonce: '0'.repeat(29),
          transmission: '0'.repeat(29),
          previousStatus: 0,
        })
      const reader = (bytes: number): string => `head -c ${bytes} ${driver.control} & sleep 1`
      const bait = `echo 'x; ${folder}/pwned #'`
      // What stands behind the reader's own line is read first; then the reader waits before the driver does.
      const behind = lines(reader(100)).replace(/^.*\n/, '').length
      const upToBait = lines(bait).indexOf(sealed(Buffer.from(`x; ${folder}/pwned`)))
      assert.ok(upToBait > 0)
      await session.run(reader(behind + upToBait))
      session.type(`${bait}\r`)
      await sleep(1500)
      await session.leave()
      assert.equal(existsSync(join(folder, 'log')), false, 'the driver ran a line nobody judged')
    })
  }

  it('is tried where the canary leaves its trace, and may not be called by its name', async () => {
    const session = await Supervised.start(sshd)
    assert.match(await session.run(`${folder}/pwned`), /sallyport: denied/)
    await session.leave()
    assert.equal(existsSync(join(folder, 'log')), false)
    execFileSync(join(folder, 'pwned'))
    assert.equal(existsSync(join(folder, 'log')), true)
  })
})
