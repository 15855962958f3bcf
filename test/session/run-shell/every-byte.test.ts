import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { PassThrough } from 'node:stream'
import type { TargetConnection, Targetward } from '../../../server/core/ports/channels.ts'
import { FULL_SCREEN_TERMINAL } from '../../../server/core/shell/driver-protocol/full-screen.ts'
import { CONTROL_TERMINAL } from '../../../server/core/shell/driver-protocol/startup.ts'
import type { CommandDecided } from '../../support/evidence-reader.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { Supervised } from './supervised.ts'

/** Seeds, and the shells that read the lines. */
const RUNS = [
  [1, 'bash'],
  [2, 'bash'],
  [3, 'bash'],
  [4, 'bash'],
  [5, 'sh'],
] as const
const CHUNKS = 120
const CONTROLS = new Set(['\x03', '\x11', '\x13', '\x1a', '\x1c', '\x04'])

const POLICY = `version: 1
name: test
default: deny
rules:
  - { id: speak, program: [echo, sleep, "true", "false", cd, pwd], verdict: allow }
  - id: read
    program: [cat, head, wc]
    verdict: allow
    input: line
    lines: ["[a-z ]*"]
  - { id: keys, program: od, verdict: allow, input: raw }
`

const COMMANDS = [
  'echo hi',
  'cat',
  'cat',
  'head -n 1',
  'wc',
  'od -c',
  'od -c',
  'sleep 0.1',
  'sleep 0.3',
  'cd /tmp',
  'false',
  'pwned',
  'echo $(pwned)',
  'cat; pwned',
]
const LINES = ['a b', 'letters', 'NOT', 'pwned', '; pwned', 'rm x', 'é']
const NOISE = ['echo', ' ', '; pwned', "'", '"', '| cat', 'a'].concat(
  [
    '\n',
    '\x0f',
    '\x03',
    '\x04',
    '\x1a',
    '\x1c',
    '\x13\x11',
    '\t',
    '\x7f',
    '\x15',
    '\x17',
    '\x19',
    '\x1b[A',
    '\x1b[D',
  ],
  ['\x1b[200~', '\x1b[201~', '\0', '\x9b', '\x12', '\x07', '\x1b]0;x'],
)

/** Mostly what people type, so that much happens; now and then anything. */
function anyKeys(below: (limit: number) => number): string {
  const one = (keys: readonly string[]): string => keys[below(keys.length)] ?? ''
  const kind = below(20)
  if (kind < 9) return `${one(COMMANDS)}\r`
  if (kind < 15) return `${one(LINES)}\r`
  if (kind < 17) return '\x03'
  return Array.from({ length: 1 + below(4) }, () => one(NOISE)).join('')
}

/** Bytes for the control terminal, for the agent's, for one that a program has for itself, or for another channel. */
interface Written {
  readonly to: 'M' | 'P' | 'Q' | 'other'
  /** Which of the connection's channels it is. */
  readonly channel: number
  readonly text: string
}

const NAMES: ReadonlyMap<string, 'M' | 'Q'> = new Map([
  [CONTROL_TERMINAL, 'M'],
  [FULL_SCREEN_TERMINAL, 'Q'],
])

/** A target whose channels are listened to: what is written to each, in its order. */
function tapped(targetward: Targetward, written: Written[]): Targetward {
  let channels = 0
  return {
    async dial(...words) {
      const dialled = await targetward.dial(...words)
      if (!dialled.ok) return dialled
      const connection = dialled.value
      const exec: TargetConnection['exec'] = async (command, options) => {
        const channel = await connection.exec(command, options)
        const text = new TextDecoder().decode(command)
        const to = NAMES.get(text) ?? (options.terminal !== null ? 'P' : 'other')
        channels += 1
        const number = channels
        const stdin = new PassThrough()
        stdin.on('data', (bytes: Buffer) =>
          written.push({ to, channel: number, text: bytes.toString() }),
        )
        stdin.pipe(channel.stdin)
        return { ...channel, stdin, endInput: () => channel.endInput() }
      }
      return { ok: true, value: { ...connection, exec } }
    },
  }
}

describe('every byte of an interactive session', function () {
  this.timeout(120_000)
  let sshd: Sshd
  /** They wait most of the time, for shells and for each other: side by side. */
  const walks = new Map<number, Promise<void>>()
  before(async () => {
    sshd = await startSshd()
    for (const [seed, shell] of RUNS) {
      const walking = walk(seed, shell)
      walking.catch(() => undefined) // The test says so.
      walks.set(seed, walking)
    }
  })
  after(() => sshd.stop())

  for (const [seed, shell] of RUNS) {
    it(`that a real ${shell} is sent was decided, in ${CHUNKS} chunks of random keys (seed ${seed})`, async () => {
      const walking = walks.get(seed) ?? walk(seed, shell)
      walks.delete(seed)
      await walking
    })
  }

  async function walk(seed: number, shell: 'bash' | 'sh'): Promise<void> {
    const below = generator(seed)
    let chunks = 0
    let decisions = 0
    // Some keys end the session; then the next one begins.
    while (chunks < CHUNKS) {
      const written: Written[] = []
      const session = await Supervised.start(sshd, {
        policy: POLICY,
        shell,
        tap: real => tapped(real, written),
      })
      session.type('od -c\r')
      // Its nonce and its script: from then on it has every key.
      while (written.filter(({ to }) => to === 'Q').length < 2) await sleep(20)
      for (; chunks < CHUNKS && session.agent.exit === undefined; chunks += 1) {
        session.type(anyKeys(below))
        await sleep(below(3) === 0 ? 150 : 5)
      }
      await sleep(500)
      await session.leave()
      const decided = session.events.filter(event => event.kind === 'command-decided')
      check(written, decided)
      decisions += decided.length
    }
    assert.ok(decisions > 20, `only ${decisions} decisions`)
  }
})

function check(written: readonly Written[], decided: readonly CommandDecided[]): void {
  const passed = (wanted: string): ReadonlySet<string> =>
    new Set(
      decided.flatMap(({ form, forwarded }) =>
        form === wanted && forwarded !== null && 'text' in forwarded ? [forwarded.text] : [],
      ),
    )
  const lines = passed('input-line')
  for (const { text } of written.filter(({ to }) => to === 'P')) {
    const isControl = Array.from(text).every(byte => CONTROLS.has(byte))
    const isLines = text.split('\n').every(line => line === '' || lines.has(line))
    assert.ok(isControl || isLines, JSON.stringify(text))
  }
  const told = written.filter(({ to }) => to === 'M').map(({ text }) => text)
  // The first lines define the calls; nothing of the agent's is in them.
  const begun = told.join('').indexOf("\\printf '\\036B")
  assert.ok(begun > 0)
  const calls = told.join('').slice(begun).split('\n').slice(1)
  for (const call of calls) {
    assert.match(call, /^(?:__[0-9]{16}_[A-Z](?: [0-9]+| '(?:\\0[0-7]{3})*')*)?$/)
  }
  const commands = passed('interactive')
  for (const command of carried(calls)) assert.ok(commands.has(command), command)
  const raw = decided.filter(({ form, input }) => form === 'interactive' && input === 'raw')
  const granted = raw.flatMap(({ forwarded }) =>
    forwarded !== null && 'text' in forwarded ? [forwarded.text] : [],
  )
  for (const number of new Set(written.map(({ to, channel }) => (to === 'Q' ? channel : -1)))) {
    if (number !== -1) checkOwnTerminal(textOf(written, number), granted)
  }
}

/**
 * What one program's own terminal is sent: a nonce, then the script that starts a command which was granted every key, and only
 * then keys.
 */
function checkOwnTerminal(text: string, granted: readonly string[]): void {
  const [, count, script] = /^\d+\n(?:(\d{8})\n([^.]*)\n\.\n)?/.exec(text) ?? []
  // The session may have ended before the terminal said that it was there.
  if (script === undefined) return assert.match(text, /^\d+\n$/)
  const sealed = script.replaceAll('\n', '')
  assert.equal(Number(count), sealed.length)
  const words = sealed.replaceAll(/\\0([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
  const starts = granted.map(
    command => ` && exec ${words.includes('exec bash') ? 'bash' : 'sh'} -c '${command}'`,
  )
  assert.ok(
    starts.some(start => words.endsWith(start)),
    words,
  )
}

function textOf(written: readonly Written[], number: number): string {
  return written.flatMap(({ channel, text }) => (channel === number ? [text] : [])).join('')
}

/** The commands that were handed to the driver: their pieces, put together. */
function carried(calls: readonly string[]): string[] {
  const commands = new Map<string, string>()
  for (const [, transmission = '', sealed = ''] of calls
    .join('\n')
    .matchAll(/_Q ([0-9]{29}) [0-9]{4} [0-9]{4} '([^']*)'/g)) {
    const bytes = Array.from(sealed.matchAll(/\\0([0-7]{3})/g), ([, octal = '']) =>
      Number.parseInt(octal, 8),
    )
    commands.set(transmission, (commands.get(transmission) ?? '') + Buffer.from(bytes).toString())
  }
  return [...commands.values()]
}

/** A linear congruential generator: the same keys in every run. */
function generator(seed: number): (limit: number) => number {
  let state = seed
  return limit => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * limit)
  }
}
