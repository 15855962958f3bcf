/** What is wrong between rules, or between a rule and what is known about programs. */
import { knownPrograms, programFacts } from '../../command/program-facts.ts'
import type { Category } from '../../command/tables/program-entry.ts'
import { didYouMean } from '../../nearest.ts'
import { HELD_PAGERS } from '../escapes.ts'
import { coversPath, coversWord } from '../globs.ts'
import type { CommandRule, Policy } from '../policy.ts'
import { compareStrictness } from '../strictness.ts'
import { type AnyRule, isCommandRule, type PlacedRule } from './read-rule.ts'
import type { Source } from './source.ts'

export function checkRules(source: Source, policy: Policy, rules: readonly AnyRule[]): void {
  checkIds(source, rules)
  const commandRules = rules.filter(isCommandRule)
  for (const placed of commandRules) {
    checkPrograms(source, placed)
    checkOptions(source, placed)
    checkCapable(source, placed)
    checkEscapes(source, placed, policy)
    checkPaths(source, placed, policy)
    checkReach(source, placed, commandRules)
  }
}

function checkIds(source: Source, rules: readonly AnyRule[]): void {
  const seen = new Set<string>()
  for (const { rule, at } of rules) {
    if (rule.id !== '' && seen.has(rule.id)) {
      source.error(at('id'), `id: "${rule.id}" is used twice; refusals and events name rules by it`)
    }
    seen.add(rule.id)
  }
}

/** One of each family of programs that is named by a common beginning and has no facts of its own. */
const FAMILIES = [
  'mkfs.ext4',
  'fsck.ext4',
  'mount.nfs',
  'ip6tables',
  'systemd-analyze',
  'pg_dump',
  'git-shell',
]

/** A glob that takes in no program known here is more often a slip than foresight. */
function checkPrograms(source: Source, { rule, at }: PlacedRule<CommandRule>): void {
  for (const glob of rule.programs) {
    if (!/[*?]/.test(glob) || glob.startsWith('/')) continue
    if (![...knownPrograms(), ...FAMILIES].some(name => coversWord(glob, name))) {
      source.warning(at('program'), `rule ${rule.id}: "${glob}" matches no program known here`)
    }
  }
}

/** A forbidden option that no program has is a slip that forbids nothing. */
function checkOptions(source: Source, { rule, at }: PlacedRule<CommandRule>): void {
  const denied = rule.arguments?.denyOptions ?? []
  const known = rule.programs.map(programFacts)
  if (!known.every(facts => facts.isKnown && facts.options.length > 0)) return
  const names = known.flatMap(facts => facts.options.flatMap(option => option.names))
  for (const option of denied.filter(name => !names.includes(name))) {
    const hint = didYouMean(option, names)
    const text = `rule ${rule.id}: none of its programs is known to have ${option}${hint}`
    source.warning(at('arguments'), text)
  }
}

const CAPABLE: readonly [Category, string][] = [
  ['shell', 'is a shell'],
  ['interpreter', 'runs programs in a language of its own'],
  ['runs-others', 'can start other programs'],
  ['opaque', 'runs commands where they are not seen'],
]

/** What these start is judged as a command of its own. */
const HARMLESS_ALONE = new Set(
  'chrt command env exec find ionice nice nohup setsid stdbuf taskset time timeout xargs'.split(
    ' ',
  ),
)

/** A deny-list of programs is a guard-rail; an allow without limits on one of these is a hole in it. */
function checkCapable(source: Source, { rule, at }: PlacedRule<CommandRule>): void {
  if (rule.verdict !== 'allow' || rule.escapes !== null) return
  if (rule.programs.includes('*')) {
    source.warning(
      at('program'),
      `rule ${rule.id}: allows every program, also those that start others`,
    )
    return
  }
  if (limitsArguments(rule)) return
  for (const program of rule.programs) {
    const { categories } = programFacts(bare(program))
    if (HARMLESS_ALONE.has(bare(program))) continue
    if (program === '.' || program === 'source') {
      const text = `rule ${rule.id}: ${program} runs a file in the shell itself, and changes what later words mean`
      source.warning(at('program'), text)
    }
    const found = CAPABLE.find(([category]) => categories.has(category))
    if (found === undefined) continue
    const text = `rule ${rule.id}: ${program} ${found[1]}; limit what it is given with argv or arguments`
    source.warning(at('program'), text)
  }
}

/** Paths alone do not keep a program from running what those paths hold. */
function limitsArguments({ argv, arguments: limits }: CommandRule): boolean {
  return (
    argv !== null || (limits !== null && (limits.options !== null || limits.denyOptions.length > 0))
  )
}

function checkEscapes(source: Source, { rule, at }: PlacedRule<CommandRule>, policy: Policy): void {
  const escaping = rule.programs.filter(program =>
    programFacts(bare(program)).categories.has('escapes'),
  )
  if (rule.escapes === 'disabled') {
    const unheld = rule.programs.filter(program => !HELD_PAGERS.includes(program))
    for (const program of unheld) {
      source.error(
        at('escapes'),
        `rule ${rule.id}: nothing the bastion sets keeps ${program} from starting a shell (only ${HELD_PAGERS.join(', ')}); write escapes: accepted, or leave input out`,
      )
    }
    if (rule.as !== null) {
      source.error(
        at('escapes'),
        `rule ${rule.id}: sudo drops the variable that disables escapes; write escapes: accepted, or leave as out`,
      )
    }
  }
  const input = rule.input ?? policy.input.default
  if (rule.verdict === 'deny' || input !== 'raw' || rule.escapes !== null) return
  for (const program of escaping) {
    source.error(
      at('input'),
      `rule ${rule.id}: with raw input ${program} can start a shell; write escapes: disabled (less and what uses it) or escapes: accepted`,
    )
  }
}

/** A path that is protected throughout gives nothing. */
function checkPaths(source: Source, { rule, at }: PlacedRule<CommandRule>, policy: Policy): void {
  if (rule.verdict === 'deny') return
  for (const glob of rule.arguments?.paths ?? []) {
    const shadow = policy.protect.read.find(protectedGlob => coversPath(protectedGlob, glob))
    if (shadow !== undefined && policy.protect.write.some(other => coversPath(other, glob))) {
      source.warning(
        at('arguments'),
        `rule ${rule.id}: ${glob} is protected (${shadow}) and can never match`,
      )
    }
  }
}

/** Rules have no order: one can only be out of reach of another that always speaks and is at least as strict. */
function checkReach(
  source: Source,
  { rule, at }: PlacedRule<CommandRule>,
  rules: readonly PlacedRule<CommandRule>[],
): void {
  for (const { rule: other } of rules) {
    if (other === rule || !speaksWherever(other, rule)) continue
    const difference = compareStrictness(other.verdict, rule.verdict)
    if (difference > 0) {
      source.warning(
        at('id'),
        `rule ${rule.id} is unreachable: rule ${other.id} is stricter and takes in everything it is about`,
      )
    } else if (difference === 0 && (rule.argv !== null || rule.arguments !== null)) {
      source.warning(
        at('id'),
        `rule ${rule.id} changes nothing: rule ${other.id} says the same without its limits`,
      )
    }
  }
}

function speaksWherever(other: CommandRule, rule: CommandRule): boolean {
  const isLimited = other.argv !== null || other.arguments !== null || other.escapes === 'disabled'
  const sameUsers = other.verdict === 'deny' && other.as === null
  const isSameUser = JSON.stringify(other.as) === JSON.stringify(rule.as)
  return (
    !isLimited &&
    (sameUsers || isSameUser) &&
    rule.programs.length > 0 &&
    rule.programs.every(program => other.programs.some(glob => coversWord(glob, program)))
  )
}

function bare(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1)
}
