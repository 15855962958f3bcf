import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { definitions } from '../../../../server/core/shell/driver-protocol/driver-functions.ts'
import type { Driver } from '../../../../server/core/shell/driver-protocol/driver-text.ts'
import { runText } from '../../../../server/core/shell/driver-protocol/run-command.ts'

const ROUNDS = 150
const PREFIX = '__0123456789012345_'

/** What the driver reads when somebody with the same account reads from its terminal, too. */
function withoutSome(text: string): string {
  let left = text
  const cuts = 1 + Math.floor(Math.random() * 4)
  for (let cut = 0; cut < cuts; cut += 1) {
    const from = Math.floor(Math.random() * left.length)
    left = left.slice(0, from) + left.slice(from + 1 + Math.floor(Math.random() * 200))
  }
  return left
}

for (const [shell, dialect] of [
  ['bash', 'bash'],
  ['dash', 'posix'],
] as const) {
  describe(`what is left of a command in ${shell} when bytes of it are missing`, function () {
    this.timeout(60_000)
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'cut-lines-'))
    })
    after(() => rmSync(folder, { recursive: true }))

    function tell(text: string): void {
      const driver: Driver = {
        dialect,
        control: '/dev/null',
        terminal: '/dev/null',
        prefix: PREFIX,
      }
      const aliases = shell === 'bash' ? 'shopt -s expand_aliases\n' : ''
      const input = `${aliases}${definitions(driver).join('\n')}\n${text}`
      const ran = spawnSync(shell, { input, cwd: folder, timeout: 10_000 })
      assert.equal(ran.error, undefined)
    }
    const command = (name: string): string =>
      // Long enough for several pieces, and with what would run if any quote were lost.
      `echo 'x; touch ${name} # ${'y; touch '.repeat(100)}${name}'`
    const sent = (text: string, transmission: string): string =>
      runText({ dialect, control: '/dev/null', terminal: '/dev/null', prefix: PREFIX }, text, {
        nonce: '1'.repeat(29),
        transmission: transmission.repeat(29),
        previousStatus: 0,
      })

    it('runs whole when nothing is missing: the harness can tell', () => {
      tell(sent('touch whole', '2'))
      assert.ok(existsSync(join(folder, 'whole')))
    })

    it(`runs whole or not at all (${ROUNDS} random cuts)`, () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const text = withoutSome(sent(command('cut'), '2') + sent(command('cut'), '3'))
        tell(text)
        assert.equal(existsSync(join(folder, 'cut')), false, JSON.stringify(text))
      }
    })

    it('is not put together from two pieces of one transmission', () => {
      const lines = sent(command('joined'), '2').split('\n')
      const [one = '', two = ''] = lines
      // The head of the first piece is missing, and so is all between it and the second.
      const joined = one.replace(/'(?:\\0[0-7]{3}){6}/, "'").replace(/' 2+$/, '')
      const rest = two.replace(/^[^']*'/, '')
      tell(`${joined}${rest}\n${lines.slice(2).join('\n')}`)
      assert.equal(existsSync(join(folder, 'joined')), false)
    })
  })
}
