import type { Node } from 'yaml'
import { DEFAULT_EXPIRES_MS } from '../approval.ts'
import { escapeControls } from '../../verdict.ts'
import type { CommandRule, Ruling, TransferRule } from '../policy.ts'
import { readArgumentLimits, readShape } from './read-argument-limits.ts'
import { readGroupedPrograms, type Groups } from './read-programs.ts'
import { readTransfer } from './read-transfer.ts'
import { readDuration, readGlobs, readPatterns } from './read-values.ts'
import type { Entry, Source } from './source.ts'

/** A rule together with where it stands, for checks that compare rules. */
export interface PlacedRule<Rule extends Ruling> {
  readonly rule: Rule
  readonly node: Node
  readonly at: (key: string) => Node
}

export type AnyRule = PlacedRule<CommandRule> | PlacedRule<TransferRule>

const COMMON_KEYS = ['id', 'verdict', 'reason', 'approvers', 'expires']
const COMMAND_KEYS = [
  'program',
  'argv',
  'arguments',
  'as',
  'environment',
  'redirect-to',
  'input',
  'lines',
  'escapes',
]

/** Ids that a refusal uses for something else (core/verdict.ts). */
const RESERVED_IDS = [
  'default',
  'unreadable',
  'opaque',
  'dynamic',
  'protect',
  'no-grant',
  'approval-unavailable',
]

export function readRule(source: Source, node: Node, groups: Groups): AnyRule | null {
  const keys = source.entries(
    node,
    ['transfer', 'program', ...COMMON_KEYS, ...COMMAND_KEYS],
    'rule',
  )
  const ruling = readRuling(source, node, keys)
  const transfer = keys.get('transfer')
  const program = keys.get('program')
  const at = (key: string): Node => keys.get(key)?.key ?? node
  if (transfer !== undefined) {
    for (const key of COMMAND_KEYS.map(name => keys.get(name)).filter(key => key !== undefined)) {
      source.error(key.key, `rule ${ruling.id}: ${key.name} does not go with transfer`)
    }
    const limits = readTransfer(source, transfer)
    return limits === null ? null : { rule: { ...ruling, ...limits }, node, at }
  }
  if (program === undefined) {
    source.error(node, `rule ${ruling.id}: says neither program nor transfer`)
    return null
  }
  return { rule: readCommandRule(source, keys, program, ruling, groups), node, at }
}

export function isCommandRule(placed: AnyRule): placed is PlacedRule<CommandRule> {
  return 'programs' in placed.rule
}

function readRuling(source: Source, node: Node, keys: Map<string, Entry>): Ruling {
  const id = keys.get('id')
  const verdict = keys.get('verdict')
  if (id === undefined)
    source.error(node, 'the rule has no id; refusals and events name rules by it')
  if (verdict === undefined) source.error(node, 'the rule has no verdict: allow, ask or deny')
  const word =
    verdict === undefined ? 'deny' : (source.choice(verdict, ['allow', 'ask', 'deny']) ?? 'deny')
  const approvers = keys.get('approvers')
  const expires = keys.get('expires')
  for (const key of [approvers, expires]) {
    if (key !== undefined && verdict !== undefined && word !== 'ask') {
      source.error(key.key, `${key.name} goes with verdict: ask`)
    }
  }
  return {
    id: id === undefined ? '' : readId(source, id),
    verdict: word,
    reason: readReason(source, keys.get('reason')),
    approvers: approvers === undefined ? [] : source.words(approvers).map(({ text }) => text),
    expiresMs:
      expires === undefined
        ? DEFAULT_EXPIRES_MS
        : (readDuration(source, expires) ?? DEFAULT_EXPIRES_MS),
  }
}

function readId(source: Source, entry: Entry): string {
  const id = source.text(entry) ?? ''
  const node = entry.value ?? entry.key
  if (id !== '' && !/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(id)) {
    source.error(node, `id: "${id}" must be letters, digits, dots and dashes`)
  }
  if (RESERVED_IDS.includes(id))
    source.error(node, `id: "${id}" is a word that refusals use themselves`)
  return id
}

/** The reason is printed on the agent's terminal, in one line. */
function readReason(source: Source, entry: Entry | undefined): string | null {
  const text = entry === undefined ? null : source.text(entry)
  return text === null ? null : escapeControls(text.trim().replaceAll(/\s+/g, ' '))
}

function readCommandRule(
  source: Source,
  keys: Map<string, Entry>,
  program: Entry,
  ruling: Ruling,
  groups: Groups,
): CommandRule {
  const argv = keys.get('argv')
  const limits = keys.get('arguments')
  const as = keys.get('as')
  const environment = keys.get('environment')
  const redirectTo = keys.get('redirect-to')
  if (argv !== undefined && limits !== undefined) {
    source.error(limits.key, `rule ${ruling.id}: argv is the exact shape; leave arguments out`)
  }
  return {
    ...ruling,
    programs: readGroupedPrograms(source, program, groups),
    argv: argv === undefined ? null : readShape(source, argv),
    arguments: limits === undefined ? null : readArgumentLimits(source, limits),
    as: as === undefined ? null : source.words(as).map(({ text }) => text),
    environment: environment === undefined ? [] : source.words(environment).map(({ text }) => text),
    redirectTo: redirectTo === undefined ? [] : readGlobs(source, redirectTo, 'anywhere'),
    ...readInput(source, keys, ruling),
  }
}

function readInput(
  source: Source,
  keys: Map<string, Entry>,
  { id, verdict }: Ruling,
): Pick<CommandRule, 'input' | 'inputLines' | 'escapes'> {
  const input = keys.get('input')
  const lines = keys.get('lines')
  const escapes = keys.get('escapes')
  const chosen = input === undefined ? null : source.choice(input, ['none', 'line', 'raw'])
  if (lines !== undefined && chosen !== 'line') {
    source.error(lines.key, `rule ${id}: lines goes with input: line`)
  }
  if (verdict === 'deny') {
    const given = ['input', 'lines', 'escapes', 'environment', 'redirect-to']
    for (const key of given.map(name => keys.get(name)).filter(key => key !== undefined)) {
      source.error(key.key, `rule ${id}: ${key.name} says nothing in a rule that denies`)
    }
  }
  return {
    input: chosen,
    inputLines: lines === undefined ? null : readPatterns(source, lines),
    escapes: escapes === undefined ? null : source.choice(escapes, ['disabled', 'accepted']),
  }
}
