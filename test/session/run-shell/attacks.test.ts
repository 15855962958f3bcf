import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { type Attack, ATTACKS } from './attacks.ts'
import { startSlowLine } from './slow-line.ts'
import { Supervised, type SupervisedOptions } from './supervised.ts'

/** Attacks at once: they mostly wait. */
const TOGETHER = 32
/** What the last keys set off has time to happen. */
const SETTLE_MS = 600

/** Lets an agent do a good deal; everything but `touch`. */
const POLICY = `version: 1
name: test
default: deny
rules:
  - id: most
    program: [echo, printf, cat, ls, cd, pwd, sleep, seq, head, tail, wc, "true", "false", test, "[", ":", export, unset, set, trap,
      jobs, fg, bg, wait, kill, read, id, tty, stty, env, sort, grep, umask, exec, enable, type, exit, eval, return, f, g, sed, nosuchprogram, bind, declare, alias]
    verdict: allow
  - id: readers
    program: [head, cat, read, sh, bash]
    verdict: allow
    input: line
`
const UNGATED = 'version: 1\nname: test\nunfiltered: true\n'

/** Shells that read the judged lines, behind the login shells that start them. */
const TARGETS: readonly (readonly [
  name: string,
  login: string,
  driver: 'bash' | 'dash' | 'ash',
])[] = [
  ['bash', 'bash', 'bash'],
  ['dash', 'bash', 'dash'],
  ['busybox ash', 'bash', 'ash'],
  ['bash behind zsh', 'zsh', 'bash'],
  ['bash behind fish', 'fish', 'bash'],
]

describe('attacks on an interactive session', function () {
  this.timeout(240_000)
  let folder: string
  let home: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-attacks-'))
    chmodSync(folder, 0o777)
    home = join(folder, 'home')
    mkdirSync(home)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are sixty or more', () => {
    assert.ok(ATTACKS.length >= 60, String(ATTACKS.length))
    assert.equal(new Set(ATTACKS.map(({ name }) => name)).size, ATTACKS.length)
  })

  it('work, every one of them, where the gate is taken out', async () => {
    const sshd = await startSshd({ lines: [`SetEnv HOME=${home}`] })
    try {
      const ran = await runAll(sshd, 'control', { policy: UNGATED })
      assert.deepEqual(
        ATTACKS.filter(({ name }) => !ran.has(name)).map(({ name }) => name),
        [],
      )
    } finally {
      await sshd.stop()
    }
  })

  for (const [name, login, driver] of TARGETS) {
    for (const delayMs of [0, 80]) {
      it(`fail against ${name}${delayMs === 0 ? '' : ` over a line of ${delayMs} ms`}`, async () => {
        const path = driver === 'ash' ? withoutDash(folder) : null
        const setPath = path === null ? '' : ` PATH=${path}`
        const sshd = await startSshd({
          lines: [
            `SetEnv HOME=${home}${setPath}`,
            `ForceCommand exec ${login} -c "$SSH_ORIGINAL_COMMAND"`,
          ],
        })
        const line = await startSlowLine(sshd.port, delayMs)
        try {
          const shell = driver === 'bash' ? 'bash' : 'sh'
          const ran = await runAll(sshd, `${name}-${delayMs}`, {
            policy: POLICY,
            shell,
            port: line.port,
          })
          assert.deepEqual([...ran], [])
        } finally {
          await line.close()
          await sshd.stop()
        }
      })
    }
  }

  /** Runs every attack in a session of its own. @returns the names of those that got through. */
  async function runAll(
    sshd: Sshd,
    label: string,
    options: SupervisedOptions,
  ): Promise<Set<string>> {
    const got = new Set<string>()
    const queue = ATTACKS.map((attack, at) => ({
      attack,
      marker: join(folder, `${label}-${at}`.replaceAll(' ', '-')),
    }))
    const workers = Array.from({ length: TOGETHER }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await perform(sshd, next.attack, next.marker, options)
        if (existsSync(next.marker)) got.add(next.attack.name)
      }
    })
    await Promise.all(workers)
    return got
  }
})

async function perform(
  sshd: Sshd,
  attack: Attack,
  marker: string,
  options: SupervisedOptions,
): Promise<void> {
  const session = await Supervised.start(sshd, options)
  for (const step of attack.steps(`touch ${marker}`)) {
    if (typeof step === 'number') await sleep(step)
    else session.type(step)
  }
  await sleep(SETTLE_MS)
  // A control that waits for something still gets its Enter; a gate must not mind.
  session.type('\r')
  await sleep(SETTLE_MS)
  await session.leave()
}

/** A PATH with an ash in it and no dash. */
function withoutDash(folder: string): string {
  const path = join(folder, 'ash-only')
  if (existsSync(path)) return path
  mkdirSync(path)
  const programs = 'sh tty uname id sleep stty cat od tr head sort env ps bash touch grep wc seq'
  for (const program of programs.split(' ')) {
    const found = ['/usr/bin', '/bin']
      .map(each => join(each, program))
      .find(each => existsSync(each))
    if (found !== undefined) symlinkSync(found, join(path, program))
  }
  const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(each => existsSync(each))
  if (busybox !== undefined) symlinkSync(busybox, join(path, 'ash'))
  return path
}
