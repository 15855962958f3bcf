import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import type { Attack } from './attack.ts'
import { ATTACKS } from './attacks.ts'
import { startSlowLine } from './slow-line.ts'
import { Supervised, type SupervisedOptions } from './supervised.ts'

/** Attacks at once: they mostly wait. */
const TOGETHER = 40
/** What the last keys set off has time to happen. */
const SETTLE_MS = 600
/** Between a ^C and the next keys, which it would take with it. */
const AFTER_CONTROL_MS = 150
/** The answer to a line, with the other sessions of the run on the same processors. */
const ANSWER_MS = 3000
const TRIES = 3

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
      const { gotThrough } = await runAll(sshd, 'control', { policy: UNGATED })
      assert.deepEqual(
        ATTACKS.filter(({ name }) => !gotThrough.has(name)).map(({ name }) => name),
        [],
      )
    } finally {
      await sshd.stop()
    }
  })

  for (const [name, login, driver] of TARGETS) {
    it(`fail against ${name}, near and over a line of 80 ms, and leave a shell that answers`, async () => {
      const path = driver === 'ash' ? withoutDash(folder) : null
      const setPath = path === null ? '' : ` PATH=${path}`
      const sshd = await startSshd({
        lines: [
          `SetEnv HOME=${home}${setPath}`,
          `ForceCommand exec ${login} -c "$SSH_ORIGINAL_COMMAND"`,
        ],
      })
      const line = await startSlowLine(sshd.port, 80)
      const options = { policy: POLICY, shell: driver === 'bash' ? 'bash' : 'sh' } as const
      try {
        assert.deepEqual(await driverOf(sshd, options), DRIVERS[driver])
        const runs = await Promise.all([
          runAll(sshd, `${name}-near`, options),
          runAll(sshd, `${name}-far`, { ...options, port: line.port }),
        ])
        for (const { gotThrough, silenced } of runs) {
          assert.deepEqual([[...gotThrough], silenced], [[], []])
        }
      } finally {
        await line.close()
        await sshd.stop()
      }
    })
  }

  /** Runs every attack in a session of its own. */
  async function runAll(sshd: Sshd, label: string, options: SupervisedOptions): Promise<Ran> {
    const attempts = ATTACKS.map((attack, at) => ({
      attack,
      marker: join(folder, `${label}-${at}`.replaceAll(' ', '-')),
    }))
    const silenced: string[] = []
    const queue = [...attempts]
    const workers = Array.from({ length: TOGETHER }, async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const session = await Supervised.start(sshd, options)
        await perform(session, next.attack, next.marker)
        if (options.policy === UNGATED) await sleep(SETTLE_MS)
        else if (!(await isAnswering(session, next.attack))) {
          silenced.push(`${next.attack.name}: ${session.shown.slice(-300)}`)
        }
        await session.leave()
      }
    })
    await Promise.all(workers)
    const gotThrough = attempts.filter(({ marker }) => existsSync(marker))
    return { gotThrough: new Set(gotThrough.map(({ attack }) => attack.name)), silenced }
  }
})

interface Ran {
  readonly gotThrough: ReadonlySet<string>
  /** An attack whose shell is gone has failed for the wrong reason. */
  readonly silenced: readonly string[]
}

async function perform(session: Supervised, attack: Attack, marker: string): Promise<void> {
  for (const step of attack.steps(`touch ${marker}`)) {
    if (typeof step === 'number') await sleep(step)
    else if (typeof step === 'string') session.type(step)
    else session.resize(...step)
  }
  await sleep(SETTLE_MS)
  // A control that waits for something still gets its Enter; a gate must not mind.
  session.type('\r')
}

/** True when an allowed line is still answered, or the session has ended as its shell wanted. */
async function isAnswering(session: Supervised, { replacesDriver }: Attack): Promise<boolean> {
  // Only bash is built with an editor of its own; others read what they are sent.
  if (replacesDriver && session.shown.includes('and was granted ')) return true
  for (let at = 0; at < TRIES; at += 1) {
    // Takes away whatever an attack left in front or on the line.
    session.type('\x03')
    await sleep(AFTER_CONTROL_MS)
    session.type(`echo "answer $((${at}+40))"\r`)
    const answer = session.until(new RegExp(`^answer ${at + 40}\\r?$`, 'm')).then(
      () => true,
      () => !/sallyport: (?:shell|program) ended/.test(session.shown),
    )
    const isAnswered = await Promise.race([answer, sleep(ANSWER_MS, null, { ref: false })])
    if (isAnswered !== null) return isAnswered
  }
  return false
}

/** Programs and their first options: an ash that is missing must not be bash in its place. */
const DRIVERS = {
  bash: ['bash', '--noediting'],
  dash: ['dash', '-l'],
  ash: ['busybox', '-l'],
} as const

/** Which program reads the judged lines, as the kernel names it. */
async function driverOf(sshd: Sshd, options: SupervisedOptions): Promise<string[]> {
  const session = await Supervised.start(sshd, options)
  const [pid = ''] = /\d+/.exec(await session.run('echo $$')) ?? []
  const program = basename(readlinkSync(`/proc/${pid}/exe`))
  const [, option = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  await session.leave()
  return [program, option]
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
