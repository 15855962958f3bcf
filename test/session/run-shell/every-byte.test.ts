import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { PassThrough } from 'node:stream'
import type { TargetConnection, Targetward } from '../../../server/core/ports/channels.ts'
import { CONTROL_TERMINAL } from '../../../server/core/shell/driver-protocol/startup.ts'
import type { CommandDecided } from '../../support/evidence-reader.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'
import { Supervised } from './supervised.ts'

const SEEDS = 4
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
`

const COMMANDS = [
  'echo hi',
  'cat',
  'cat',
  'head -n 1',
  'wc',
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

/** Bytes for the control terminal, for the agent's, or for another channel. */
interface Written {
  readonly to: 'M' | 'P' | 'other'
  readonly text: string
}

/** A target whose channels are listened to: what is written to each, in its order. */
function tapped(targetward: Targetward, written: Written[]): Targetward {
  return {
    async dial(...words) {
      const dialled = await targetward.dial(...words)
      if (!dialled.ok) return dialled
      const connection = dialled.value
      const exec: TargetConnection['exec'] = async (command, options) => {
        const channel = await connection.exec(command, options)
        const text = new TextDecoder().decode(command)
        const to = text === CONTROL_TERMINAL ? 'M' : options.terminal !== null ? 'P' : 'other'
        const stdin = new PassThrough()
        stdin.on('data', (bytes: Buffer) => written.push({ to, text: bytes.toString() }))
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
  before(async () => {
    sshd = await startSshd()
  })
  after(() => sshd.stop())

  for (let seed = 1; seed <= SEEDS; seed += 1) {
    it(`that a real target is sent was decided, in ${CHUNKS} chunks of random keys (seed ${seed})`, async () => {
      const below = generator(seed)
      let chunks = 0
      let decisions = 0
      // Some keys end the session; then the next one begins.
      while (chunks < CHUNKS) {
        const written: Written[] = []
        const session = await Supervised.start(sshd, {
          policy: POLICY,
          tap: real => tapped(real, written),
        })
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
    })
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
