import assert from 'node:assert/strict'
import { driverText } from '../../../server/core/shell/driver-protocol/driver-text.ts'
import { runText } from '../../../server/core/shell/driver-protocol/run-command.ts'
import type {
  Decision,
  GateEffect,
  GateEvent,
  Phase,
} from '../../../server/core/shell/gate-types.ts'
import { step } from '../../../server/core/shell/line-gate.ts'
import { TYPE_AHEAD_LIMIT_BYTES } from '../../../server/core/shell/turn.ts'
import { ended, Gatekeeper } from './gatekeeper.ts'

const EVENTS = 120_000
const CONTROLS = new Set(['\x03', '\x11', '\x13', '\x1a', '\x1c'])

/**
 * An agent that types anything, a target that prints and reports anything at any time, a judge of any
 * opinion. Whatever they do, what leaves the gate for the target is what was passed, or one of the
 * listed control characters.
 */
describe('the line gate among randomised events', () => {
  it(`lets nothing out that was not decided, in ${EVENTS} events`, () => {
    const chance = generator(20_260_703)
    const keeper = Gatekeeper.atPrompt()
    let gate = keeper.gate
    let nowMs = 0
    let revived = 0
    /** What the judge has been asked, and what it has let through and nobody has used yet. */
    const asked = new Map<number, Extract<GateEffect, { do: 'judge' }>>()
    const mayRun: string[] = []
    const maySend: string[] = []
    const counts: Record<string, number> = {}
    const reached: Record<string, number> = {}

    for (let at = 0; at < EVENTS; at += 1) {
      nowMs += chance.below(200)
      const event =
        chance.below(4) === 0
          ? (awaited(chance, gate.phase) ?? anyEvent(chance, [...asked.keys()], gate.asked))
          : anyEvent(chance, [...asked.keys()], gate.asked)
      reached[gate.phase.is] = (reached[gate.phase.is] ?? 0) + 1
      if (event.is === 'decided') allow(event.question, event.decision)
      const next = step(gate, event, nowMs)
      gate = next.gate
      for (const effect of next.effects) check(effect)
      // A decision is used in the step that brings it, or never.
      mayRun.length = 0
      maySend.length = 0
      assert.ok(gate.typeAhead.length <= TYPE_AHEAD_LIMIT_BYTES)
      if (gate.phase.is === 'leaving') {
        revived += 1
        gate = { ...keeper.gate, asked: gate.asked }
      }
    }
    assert.ok(revived > 0)
    for (const phase of [
      'prompting',
      'completing',
      'judging',
      'starting',
      'running',
      'draining',
      'opening',
      'raw',
    ]) {
      assert.ok((reached[phase] ?? 0) > 100, `${phase} in ${JSON.stringify(reached)}`)
    }
    for (const wanted of [
      'run',
      'open',
      'send control',
      'send line',
      'send end-of-input',
      'judge',
      'drain',
      'hang-up',
      'complete',
    ]) {
      assert.ok(
        (counts[wanted] ?? 0) > 20,
        `${wanted}: ${counts[wanted]} of ${JSON.stringify(counts)}`,
      )
    }

    function allow(question: number, decision: Decision): void {
      const effect = asked.get(question)
      asked.delete(question)
      if (effect === undefined) return
      if (decision.is === 'run' && effect.form === 'command') mayRun.push(decision.text)
      if (decision.is === 'pass' && effect.form === 'input-line') maySend.push(effect.line)
    }

    function check(effect: GateEffect): void {
      const name = effect.do === 'send' ? `send ${effect.what}` : effect.do
      counts[name] = (counts[name] ?? 0) + 1
      switch (effect.do) {
        case 'judge':
          asked.set(effect.question, effect)
          // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
          assert.doesNotMatch(effect.line, /[\0-\x08\x0b-\x1f\x7f-\x9f\ufffd]/)
          return
        case 'send': {
          const text = new TextDecoder('utf-8', { fatal: true }).decode(effect.bytes)
          if (effect.what === 'control') assert.ok(CONTROLS.has(text), JSON.stringify(text))
          else if (effect.what === 'end-of-input') assert.equal(text, '\x04')
          else assert.ok(maySend.includes(text.replace(/\n$/, '')), JSON.stringify(text))
          if (effect.what === 'line') assert.ok(!text.slice(0, -1).includes('\n'))
          return
        }
        case 'run':
        case 'open': {
          assert.ok(mayRun.includes(effect.text), effect.text)
          if (effect.do === 'run')
            assert.equal(
              driverText(...linesFor(effect.text)),
              linesFor(effect.text).join('\n').concat('\n'),
            )
          return
        }
        case 'send-keys':
          assert.equal(gate.phase.is, 'raw')
          return
        case 'show':
        case 'ask-modes':
        case 'drain':
        case 'complete':
        case 'hang-up':
        case 'wake':
        case 'leave':
          return
      }
    }
  })
})

function linesFor(text: string): string[] {
  const driver = {
    dialect: 'bash',
    control: '/dev/pts/1',
    terminal: '/dev/pts/2',
    prefix: '__0123456789012345_',
  } as const
  return runText(driver, text, {
    nonce: '1'.repeat(29),
    transmission: '2'.repeat(29),
    previousStatus: 0,
  })
    .split('\n')
    .slice(0, -1)
}

interface Chance {
  below(limit: number): number
  one<Item>(items: readonly Item[]): Item
}

/** A linear congruential generator: the same events in every run. */
function generator(seed: number): Chance {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * limit)
  }
  return { below, one: items => items[below(items.length)] as (typeof items)[number] }
}

const KEYS = [
  '\x03\x03\x03',
  '\x03\x03\x03',
  '\r',
  '\r',
  '\r',
  '\n',
  '\x0f',
  '\x03',
  '\x04',
  '\x1a',
  '\x1c',
  '\x13',
  '\x11',
  '\t',
  '\x7f',
  '\x15',
  '\x17',
  '\x19',
  '\x0c',
  '\x12',
  '\x07',
  '\x1f',
  '\0',
  'ls',
  'rm -rf /',
  'echo "',
  'a | ',
  "'",
  'exit',
  'cat <<E',
  'é漢',
  '\u202e',
  'if true; then',
  '; fi',
  ' -l ',
  '\\',
  '\x1b[A',
  '\x1b[B',
  '\x1b[D',
  '\x1b',
  '\x1b[',
  '\x1b[200~',
  '\x1b[201~',
  '\x1b[200~rm\rx\x1b[201~',
  '\x1b]0;',
  '\x1bP',
  '\x9b',
]

function anyEvent(chance: Chance, questions: readonly number[], newest: number): GateEvent {
  // Mostly what is awaited, so that every state is reached; now and then anything at all.
  switch (chance.below(12)) {
    case 0:
      return { is: 'printed', bytes: anyBytes(chance) }
    case 1:
    case 2:
      return questions.length > 0
        ? {
            is: 'decided',
            question: chance.one(questions.slice(-2)),
            decision: anyDecision(chance),
          }
        : { is: 'decided', question: chance.below(50), decision: anyDecision(chance) }
    case 3:
    case 4:
      return { is: 'begun' }
    case 5:
      return {
        is: 'finished',
        end: ended({ status: chance.below(256), prompt: chance.one(['', '\\w$ ', '$(rm) ']) }),
      }
    case 6:
      return anyAnswer(chance, newest - chance.below(2))
    case 7:
      return chance.one<GateEvent>([
        { is: 'opened' },
        { is: 'closed', status: chance.below(256) },
        { is: 'woken' },
        { is: 'woken' },
        { is: 'ready', end: ended() },
        { is: 'resized', columns: 2 + chance.below(100), rows: 1 + chance.below(50) },
      ])
    default: {
      const text = Array.from({ length: 1 + chance.below(4) }, () => chance.one(KEYS)).join('')
      const bytes = chance.below(20) === 0 ? anyBytes(chance) : new TextEncoder().encode(text)
      return { is: 'typed', bytes }
    }
  }
}

/** What the gate is waiting for, so that every state is reached often. */
function awaited(chance: Chance, phase: Phase): GateEvent | null {
  switch (phase.is) {
    case 'completing':
      return { is: 'names', question: phase.question, names: ['lsx', 'ls y'] }
    case 'judging':
      return { is: 'decided', question: phase.question, decision: anyDecision(chance) }
    case 'starting':
      return { is: 'begun' }
    case 'draining':
      return { is: 'drained', question: phase.question, bytes: anyBytes(chance) }
    case 'opening':
      return { is: 'opened' }
    case 'running': {
      const pending = phase.input.is === 'line' ? phase.input.pending : null
      if (pending?.is === 'pause') return { is: 'woken' }
      if (pending?.is === 'verdict') {
        return { is: 'decided', question: pending.question, decision: anyDecision(chance) }
      }
      if (pending?.is !== 'modes') return null
      const modes = {
        isCanonical: true,
        echoes: chance.below(3) !== 0,
        hasSignals: true,
        isPlain: true,
      }
      return { is: 'modes', question: pending.question, modes }
    }
    case 'raw':
      return { is: 'closed', status: chance.below(256) }
    case 'prompting':
      return { is: 'typed', bytes: Uint8Array.of(0x78, 0x0d) }
    case 'booting':
    case 'leaving':
      return null
  }
}

/** An answer to the gate's newest question, or to the one before. */
function anyAnswer(chance: Chance, question: number): GateEvent {
  const bit = (): boolean => chance.below(4) !== 0
  return chance.one<GateEvent>([
    {
      is: 'modes',
      question,
      modes: { isCanonical: bit(), echoes: bit(), hasSignals: bit(), isPlain: bit() },
    },
    { is: 'modes', question, modes: null },
    { is: 'drained', question, bytes: anyBytes(chance) },
    { is: 'names', question, names: ['lsx', 'ls y', 'rm$(x)', '\x1b[2J'] },
  ])
}

function anyDecision(chance: Chance): Decision {
  return chance.one<Decision>([
    { is: 'run', text: "'ls'", input: 'none' },
    { is: 'run', text: "'cat'\n'x'", input: 'line' },
    { is: 'run', text: "'cat'", input: 'line' },
    { is: 'run', text: "'vim'", input: 'raw' },
    { is: 'pass' },
    { is: 'pass' },
    { is: 'prompt', text: '> ' },
    { is: 'refused', sentence: 'no' },
  ])
}

function anyBytes(chance: Chance): Uint8Array {
  return Uint8Array.from({ length: chance.below(30) }, () => chance.below(256))
}
