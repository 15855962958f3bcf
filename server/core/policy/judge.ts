/**
 * The decision about one command line: pure, and the whole of it. Usable as a library:
 * `import { judge } from 'sallyport/judge'`.
 */
import { readLine } from '../command/read-line.ts'
import type { Reading } from '../command/reading.ts'
import { NO_FUNCTIONS, NO_LINE_FUNCTIONS } from '../command/session-functions.ts'
import { denialsIn } from '../shell/denials.ts'
import { agreeOnApproval, type Approval } from './approval.ts'
import { wordText } from './touched-files.ts'
import { KNOWN_PROGRAMS } from './decide-command.ts'
import { type DecidedCommand, type DecidedLine, decideLine } from './decide-line.ts'
import type { Decision } from './decision.ts'
import { holdingSettings } from './escapes.ts'
import { inputOf } from './input-class.ts'
import type { Judgement, JudgeContext, Reason, SeenCommand } from './judgement.ts'
import { decoded } from './not-judged.ts'
import type { Policy, VerdictWord } from './policy.ts'
import { strictest } from './strictness.ts'
import { outsideOf } from './when.ts'

/** Judges a line as the policy says; what cannot be understood is denied. Never throws. */
export function judge(line: string | Uint8Array, context: JudgeContext): Judgement {
  const reading = readWithinStack(line, context)
  const judgement = judgeReading(line, reading, context)
  return context.forDriver === true ? besideDriver(judgement, reading) : judgement
}

/** What the driver shell cannot bear is denied whatever the policy says, in observe mode too. */
function besideDriver(judgement: Judgement, reading: Reading): Judgement {
  if (judgement.verdict !== 'allow' && !judgement.observed) return judgement
  const reasons = denialsIn(reading)
  if (reasons.length === 0) return judgement
  return { ...judgement, verdict: 'deny', rule: 'opaque', reasons, observed: false, forward: null }
}

function judgeReading(
  line: string | Uint8Array,
  reading: Reading,
  context: JudgeContext,
): Judgement {
  const { policy } = context
  const text = typeof line === 'string' ? line : decoded(line)
  const isOutside = outsideOf(policy.when, context) !== null
  if (policy.unfiltered && !isOutside) return passUnfiltered(reading, text)

  const { commands, aside } = decideLine(reading, context)
  const all = [...aside, ...commands.map(({ decision }) => decision)]
  const verdict = strictest(all.map(decision => decision.verdict))
  const strict = all.filter(decision => decision.verdict === verdict).sort(byWeight)
  if (verdict !== 'ask') return answer(verdict, strict, null)
  const approval = agreeOnApproval(
    strict.flatMap(decision => decision.rules.filter(rule => rule.verdict === 'ask')),
  )
  return approval.ok
    ? answer('ask', strict, approval.value)
    : answer('deny', [approval.fault], null)

  function answer(
    final: VerdictWord,
    deciding: readonly Decision[],
    agreed: Approval | null,
  ): Judgement {
    const observed = policy.mode === 'observe' && final !== 'allow'
    const input = inputOf(commands, policy)
    return {
      verdict: final,
      rule: deciding[0]?.rule ?? 'default',
      reasons: reasonsOf(deciding),
      commands: commands.map(seen),
      canonical: reading.canonical,
      forward: observed ? text : forwardOf(final, reading, text, commands, policy),
      input: input.class,
      inputLines: input.lines,
      approval: agreed,
      functions: reading.functions,
      observed,
      unfiltered: false,
    }
  }
}

function readWithinStack(
  line: string | Uint8Array,
  { shell, functions = NO_FUNCTIONS }: JudgeContext,
): Reading {
  try {
    return readLine(line, shell, functions)
  } catch (error) {
    // The parser recurses. A line that runs it out of stack is no fault of ours and nobody's command.
    if (!(error instanceof RangeError)) throw error
    const text = 'this is nested too deeply to be read; split it up'
    return {
      commands: [],
      loose: { assignments: [], redirections: [] },
      variables: [],
      misreadings: [{ class: 'unreadable', code: 'nesting', text, at: '', answerable: null }],
      functions: NO_LINE_FUNCTIONS,
      before: '',
      canonical: null,
    }
  }
}

/** An event holds every command; of the reasons it holds enough to act on. */
const KEPT_REASONS = 12

function reasonsOf(deciding: readonly Decision[]): Reason[] {
  if (deciding.length === 0) {
    return [{ code: 'nothing-runs', text: 'the line runs no command', at: '' }]
  }
  const all = deciding.flatMap(decision => decision.reasons)
  const distinct = [...new Map(all.map(reason => [JSON.stringify(reason), reason])).values()]
  const known = distinct.filter(({ code }) => code === KNOWN_PROGRAMS)
  const faults = distinct.filter(({ code }) => code !== KNOWN_PROGRAMS)
  const more = faults.length - KEPT_REASONS
  if (more <= 0) return [...faults, ...known]
  const rest = { code: 'more', text: `and ${more} more reasons like these`, at: '' }
  return [...faults.slice(0, KEPT_REASONS), rest, ...known]
}

/** Which of several equally strict decisions gives its name to the verdict. */
const WEIGHT = ['unreadable', 'protect', 'opaque', 'a rule', 'dynamic', 'default']

function byWeight(one: Decision, other: Decision): number {
  return weightOf(one) - weightOf(other)
}

function weightOf({ rule }: Decision): number {
  const weight = WEIGHT.indexOf(rule)
  return weight === -1 ? WEIGHT.indexOf('a rule') : weight
}

function seen({ view, decision }: DecidedCommand): SeenCommand {
  const { command } = view
  return {
    argv: command.argv.map(word => (word.is === 'literal' ? word.text : null)),
    as: command.as === null ? null : wordText(command.as),
    via: command.via,
    verdict: decision.verdict,
    rule: decision.rule,
  }
}

/**
 * The text to run once the verdict lets it: the canonical form, or the agent's own where the policy
 * wants that. A line that can only be asked about because it was not understood goes as it came: the
 * approval is bound to these bytes.
 */
function forwardOf(
  verdict: VerdictWord,
  reading: Reading,
  text: string | null,
  commands: DecidedLine['commands'],
  policy: Policy,
): string | null {
  if (verdict === 'deny') return null
  const isVerbatim = policy.analysis.forward === 'verbatim'
  // What was judged, the functions that it calls included.
  const asked = text === null ? null : `${reading.before}${text}`
  const line = isVerbatim ? asked : (reading.canonical ?? (verdict === 'ask' ? asked : null))
  if (line === null) return null
  const settings = new Set(
    commands.flatMap(({ view, decision }) =>
      decision.rules.some(rule => rule.escapes === 'disabled')
        ? holdingSettings(view.program ?? '')
        : [],
    ),
  )
  return [...[...settings].map(setting => `export ${setting}`), line].join('\n')
}

function passUnfiltered(reading: Reading, text: string | null): Judgement {
  return {
    verdict: 'allow',
    rule: 'default',
    reasons: [
      { code: 'unfiltered', text: 'the policy is unfiltered: recorded, not judged', at: '' },
    ],
    commands: reading.commands.map(command => ({
      argv: command.argv.map(word => (word.is === 'literal' ? word.text : null)),
      as: command.as === null ? null : wordText(command.as),
      via: command.via,
      verdict: 'allow',
      rule: 'default',
    })),
    canonical: reading.canonical,
    forward: text,
    input: 'raw',
    inputLines: null,
    approval: null,
    functions: reading.functions,
    observed: false,
    unfiltered: true,
  }
}
