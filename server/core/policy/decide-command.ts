import type { CommandView } from './command-view.ts'
import { wordText } from './touched-files.ts'
import { decided, type Decision } from './decision.ts'
import type { Fit } from './fit.ts'
import { fitProhibition } from './fit-prohibition.ts'
import { fitPermission } from './fit-rule.ts'
import { listed } from './fit-word.ts'
import { nearest } from '../nearest.ts'
import type { Reason } from './judgement.ts'
import type { CommandRule, Policy, VerdictWord } from './policy.ts'
import { protectedReasons, unknownFiles } from './protect.ts'
import { isBarrier, permittedPrograms, rulesNaming } from './rules-by-program.ts'
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
  const rulings = rulingsOn(view, program, policy)
  // Of a program that nobody allows and nothing is known about, not even its operands are known.
  const isStranger = rulings.length === 0 && !view.facts.isKnown && policy.default === 'deny'
  const guarded = isStranger ? [] : protectedReasons(view.files, view.where, policy)
  if (guarded.length > 0) {
    return decided(
      'deny',
      'protect',
      guarded.map(reason => saidOf(reason, view)),
    )
  }
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
  if (base !== 'deny' && !speaking.some(({ rule }) => isNamedBy(rule))) {
    const unnamed = opaqueUnlessNamed(view, policy)
    if (unnamed !== null && compareStrictness(unnamed.verdict, base) >= 0) return unnamed
  }
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

/** `program: "*"` names nothing. */
function isNamedBy(rule: CommandRule): boolean {
  return !rule.programs.includes('*')
}

/** Interpreters, shells, pagers and what runs elsewhere: what they do is not seen in their arguments. */
function opaqueUnlessNamed(view: CommandView, policy: Policy): Decision | null {
  const { categories } = view.facts
  const isOpaque = (['opaque', 'interpreter', 'shell', 'escapes'] as const).some(category =>
    categories.has(category),
  )
  if (!isOpaque || view.command.isWrapper) return null
  const text = `what ${nameOf(view)} does is not seen in its arguments; a rule must name it`
  return decided(policy.analysis.opaque, 'opaque', [
    { code: 'opaque-program', text, at: view.command.at },
  ])
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
  return rulesNaming(program, policy).map(rule => ({
    rule,
    fit: isBarrier(rule, policy) ? fitProhibition(rule, view) : fitPermission(rule, view),
  }))
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
    text: `rule ${rule.id} ${SAYS[verdict]} ${nameOf(view)}${verdict === 'allow' ? '' : because(rule)}`,
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
    const text = `no rule of policy ${policy.name} is about ${program}`
    return decided(
      policy.default,
      'default',
      withSuggestion({ code: 'no-rule', text, at }, program, policy),
    )
  }
  return decided(
    policy.default,
    'default',
    near.map(({ rule, fit }) => ({
      code: 'outside-limits',
      text: `${nameOf(view)}: rule ${rule.id} does not take it: ${fit.text}${because(rule)}`,
      at: fit.at === '' ? at : fit.at,
    })),
  )
}

function because({ reason }: CommandRule): string {
  return reason === null ? '' : `: ${reason}`
}

function withSuggestion(reason: Reason, program: string, policy: Policy): Reason[] {
  const allowed = permittedPrograms(policy)
  if (allowed.length === 0) return [reason]
  const and = (more: string): Reason[] => [{ ...reason, text: `${reason.text}; ${more}` }]
  const bare = program.slice(program.lastIndexOf('/') + 1)
  if (bare !== program && allowed.includes(bare)) return and(`write ${bare} without a directory`)
  // Comparing costs the product of the lengths, and names of other lengths are no slip of the same one.
  const alike = allowed.filter(name => Math.abs(name.length - program.length) <= 1)
  const close = program.length < 3 || program.length > LONGEST_SLIP ? [] : nearest(program, alike)
  if (close.length > 0) return and(`close to it are ${close.join(', ')}`)
  return [reason, { code: KNOWN_PROGRAMS, text: `it knows ${listed(allowed)}`, at: '' }]
}

/** Said once in a line, however many of its commands are unknown, and last. */
export const KNOWN_PROGRAMS = 'known-programs'

/** Program names are shorter; what is longer is no misspelt one. */
const LONGEST_SLIP = 24

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

/** Rules have no order of their own; one that names the program speaks before one that names them all. */
function byId(a: CommandRule, b: CommandRule): number {
  const difference = Number(isNamedBy(b)) - Number(isNamedBy(a))
  if (difference !== 0) return difference
  return a.id < b.id ? -1 : 1
}
