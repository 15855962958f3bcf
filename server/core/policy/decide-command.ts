import { wordText, type CommandView } from './command-view.ts'
import { decided, type Decision } from './decision.ts'
import type { Fit } from './fit.ts'
import { fitPermission, fitProhibition, namesProgram } from './fit-rule.ts'
import { listed } from './fit-word.ts'
import { nearest } from '../nearest.ts'
import type { Reason, VerdictWord } from './judgement.ts'
import type { CommandRule, Policy } from './policy.ts'
import { protectedReasons, unknownFiles } from './protect.ts'
import { compareStrictness, strictest } from './strictness.ts'

/**
 * One command under a policy: `protect` first, then the strictest of the rules that speak about it, or
 * the default where none does. The order of the rules plays no part.
 */
export function decideCommand(view: CommandView, policy: Policy): Decision {
  const { program } = view
  if (program === null) {
    const name = view.command.argv[0]
    const text = `which program ${name === undefined ? 'it' : wordText(name)} names is known only when it runs; write the name out`
    return dynamic(policy, [{ code: 'dynamic-program', text, at: view.command.at }])
  }
  const guarded = protectedReasons(view.files, view.where, policy)
  if (guarded.length > 0)
    return decided(
      'deny',
      'protect',
      guarded.map(reason => saidOf(reason, view)),
    )
  const rulings = rulingsOn(view, program, policy)
  const speaking = rulings.filter(({ fit }) => fit.is === 'kept')
  const base =
    speaking.length === 0 ? policy.default : strictest(speaking.map(({ rule }) => rule.verdict))
  const open = rulings.filter(({ rule, fit }) => fit.is === 'unknown' && matters(rule.verdict))
  if (open.length > 0) {
    const unclear = dynamic(
      policy,
      open.map(ruling => unclearReason(ruling, view)),
    )
    if (compareStrictness(unclear.verdict, base) >= 0 || speaking.length === 0) return unclear
  }
  const blind = base === 'deny' ? [] : blindSpots(view, policy)
  if (blind.length > 0) return dynamic(policy, blind)
  if (speaking.length === 0) return byDefault(view, program, rulings, policy)
  return byRules(
    view,
    speaking.map(({ rule }) => rule),
    base,
  )

  /** An unclear rule changes nothing when a rule that does speak is at least as strict. */
  function matters(verdict: VerdictWord): boolean {
    return speaking.length === 0 ? verdict !== policy.default : compareStrictness(verdict, base) > 0
  }
}

/** What holds a wrapper layer back by its own name; null when nothing does. */
export function decideBarriers(view: CommandView, policy: Policy): Decision | null {
  const { program } = view
  if (program === null) return null
  const barriers = rulingsOn(view, program, policy).filter(({ rule }) => isBarrier(rule, policy))
  const kept = barriers.filter(({ fit }) => fit.is === 'kept').map(({ rule }) => rule)
  if (kept.length > 0) return byRules(view, kept, strictest(kept.map(rule => rule.verdict)))
  const open = barriers.filter(({ fit }) => fit.is === 'unknown')
  return open.length === 0
    ? null
    : dynamic(
        policy,
        open.map(ruling => unclearReason(ruling, view)),
      )
}

interface RulingOn {
  readonly rule: CommandRule
  readonly fit: Fit
}

/** Every rule that names the program, and how the command fits it. */
function rulingsOn(view: CommandView, program: string, policy: Policy): RulingOn[] {
  return policy.rules
    .filter(rule => namesProgram(rule, program, isBarrier(rule, policy)))
    .map(rule => ({
      rule,
      fit: isBarrier(rule, policy) ? fitProhibition(rule, view) : fitPermission(rule, view),
    }))
}

/** A rule that holds back: it denies, or asks where the default would allow. */
function isBarrier(rule: CommandRule, policy: Policy): boolean {
  return rule.verdict === 'deny' || compareStrictness(rule.verdict, policy.default) > 0
}

/** Files and options that only running would tell, and that may be protected ones. */
function blindSpots(view: CommandView, policy: Policy): Reason[] {
  const isGuarding = policy.protect.read.length + policy.protect.write.length > 0
  const opensByOption =
    !view.facts.isKnown || view.facts.options.some(option => option.kind === 'path')
  const mayOpen = isGuarding && opensByOption ? view.maybeOptions : []
  return [
    ...unknownFiles(view.files, policy),
    ...mayOpen.map(word => ({
      code: 'dynamic-option',
      text: `${wordText(word)} may turn into an option that opens a file; write it out, or put -- before it`,
      at: wordText(word),
    })),
  ].map(reason => saidOf(reason, view))
}

function byRules(view: CommandView, rules: readonly CommandRule[], verdict: VerdictWord): Decision {
  const deciding = rules.filter(rule => rule.verdict === verdict).sort(byId)
  const [first] = deciding
  const reasons = deciding.map(rule => ({
    code: `rule-${PAST[verdict]}`,
    text: `rule ${rule.id} ${SAYS[verdict]} ${nameOf(view)}${rule.reason === null ? '' : `: ${rule.reason}`}`,
    at: view.command.at,
  }))
  return decided(verdict, first?.id ?? 'default', reasons, verdict === 'deny' ? [] : deciding)
}

const PAST: Record<VerdictWord, string> = { allow: 'allowed', ask: 'asked', deny: 'denied' }
const SAYS: Record<VerdictWord, string> = { allow: 'allows', ask: 'asks before', deny: 'denies' }

function byDefault(
  view: CommandView,
  program: string,
  rulings: readonly RulingOn[],
  policy: Policy,
): Decision {
  const at = view.command.at
  if (policy.default === 'allow') {
    return decided('allow', 'default', [
      {
        code: 'default-allowed',
        text: `no rule is about ${program}, and the default allows it`,
        at,
      },
    ])
  }
  const near = rulings
    .filter(({ rule }) => rule.verdict !== 'deny')
    .flatMap(({ rule, fit }) => (fit.is === 'broken' ? [{ rule, fit }] : []))
    .sort((a, b) => byId(a.rule, b.rule))
  if (near.length === 0) {
    const text = `no rule of policy ${policy.name} is about ${program}${suggestion(program, policy)}`
    return decided(policy.default, 'default', [{ code: 'no-rule', text, at }])
  }
  return decided(
    policy.default,
    'default',
    near.map(({ rule, fit }) => ({
      code: 'outside-limits',
      text: `${nameOf(view)}: rule ${rule.id} does not take it: ${fit.text}`,
      at: fit.at === '' ? at : fit.at,
    })),
  )
}

function suggestion(program: string, policy: Policy): string {
  const allowed = [
    ...new Set(policy.rules.filter(rule => rule.verdict !== 'deny').flatMap(rule => rule.programs)),
  ]
  if (allowed.length === 0) return ''
  const close = nearest(program, allowed)
  if (program.includes('/') && allowed.includes(program.slice(program.lastIndexOf('/') + 1))) {
    return `; write ${program.slice(program.lastIndexOf('/') + 1)} without a directory`
  }
  return close.length > 0 ? `; near it are ${close.join(', ')}` : `; it knows ${listed(allowed)}`
}

function dynamic(policy: Policy, reasons: readonly Reason[]): Decision {
  return decided(policy.analysis.dynamic, 'dynamic', reasons)
}

function unclearReason({ rule, fit }: RulingOn, view: CommandView): Reason {
  const text = fit.is === 'unknown' ? fit.text : ''
  const at = fit.is === 'unknown' && fit.at !== '' ? fit.at : view.command.at
  return {
    code: 'dynamic-argument',
    text: `${nameOf(view)}: rule ${rule.id} must see it: ${text}`,
    at,
  }
}

function saidOf(reason: Reason, view: CommandView): Reason {
  return { ...reason, text: `${nameOf(view)}: ${reason.text}` }
}

function nameOf(view: CommandView): string {
  return view.program ?? 'a command'
}

function byId(a: CommandRule, b: CommandRule): number {
  return a.id < b.id ? -1 : 1
}
