/**
 * YAML → policy. Everything that is wrong with a text is found in one go, with line and column; a policy
 * whose own tests fail does not load.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Node } from 'yaml'
import type { CommandRule, Policy, TransferRule } from '../policy.ts'
import { checkRules } from './check-rules.ts'
import type { Finding } from './finding.ts'
import { readGroups } from './read-programs.ts'
import { type AnyRule, isCommandRule, readRule } from './read-rule.ts'
import { type PolicyTest, readTest } from './read-tests.ts'
import { readGlobs } from './read-values.ts'
import { readWhen } from './read-when.ts'
import { runTest, type TestOutcome } from './run-tests.ts'
import { type Entry, Source } from './source.ts'

export interface LoadedPolicy {
  /** Null when any finding is an error. */
  readonly policy: Policy | null
  /** In the order of the text. */
  readonly findings: readonly Finding[]
  readonly tests: readonly TestOutcome[]
}

const KEYS = [
  'version',
  'name',
  'description',
  'mode',
  'unfiltered',
  'default',
  'analysis',
  'input',
  'interactive',
  'groups',
  'protect',
  'rules',
  'when',
  'tests',
]

/** Reads, checks and tests a policy. `name` is what it is asked for by: its file's name without `.yaml`. */
export function loadPolicy(text: string, name: string): LoadedPolicy {
  const source = new Source(text)
  const root = source.root()
  if (root === null) return { policy: null, findings: source.findings, tests: [] }
  const keys = source.entries(root, KEYS, 'policy')
  const rules = readRules(source, keys)
  const tests = readTests(source, keys.get('tests'))
  const policy = assemble(source, root, keys, rules, text, name)
  checkRules(source, policy, rules)
  const outcomes = source.hasErrors ? [] : tests.map(test => runTest(source, test, policy))
  return {
    policy: source.hasErrors ? null : policy,
    findings: source.findings.toSorted((a, b) => a.line - b.line || a.column - b.column),
    tests: outcomes,
  }
}

/** The digest by which a session remembers which text it ran under. */
export function digestOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}

function assemble(
  source: Source,
  root: Node,
  keys: Map<string, Entry>,
  rules: readonly AnyRule[],
  text: string,
  name: string,
): Policy {
  checkVersion(source, root, keys.get('version'))
  checkName(source, root, keys.get('name'), name)
  const mode = keys.get('mode')
  const unfiltered = keys.get('unfiltered')
  const fallback = keys.get('default')
  const description = keys.get('description')
  if (description !== undefined) source.text(description)
  const isUnfiltered = unfiltered === undefined ? false : (source.flag(unfiltered) ?? false)
  if (isUnfiltered) refuseJudging(source, keys)
  return {
    name,
    digest: digestOf(text),
    text,
    mode:
      mode === undefined ? 'enforce' : (source.choice(mode, ['enforce', 'observe']) ?? 'enforce'),
    unfiltered: isUnfiltered,
    default:
      fallback === undefined
        ? 'deny'
        : (source.choice(fallback, ['deny', 'ask', 'allow']) ?? 'deny'),
    analysis: readAnalysis(source, keys.get('analysis')),
    input: readInput(source, keys.get('input')),
    interactive: readInteractive(source, keys.get('interactive')),
    protect: readProtect(source, keys.get('protect')),
    rules: rules.filter(isCommandRule).map(({ rule }): CommandRule => rule),
    transfers: rules.flatMap((placed): TransferRule[] =>
      isCommandRule(placed) ? [] : [placed.rule],
    ),
    when: readWhen(source, keys.get('when')),
  }
}

function checkVersion(source: Source, root: Node, entry: Entry | undefined): void {
  if (entry === undefined) source.error(root, 'policy: version is missing; write version: 1')
  else if (source.text(entry) !== '1') {
    source.error(entry.value ?? entry.key, 'version: this program reads version 1')
  }
}

function checkName(source: Source, root: Node, entry: Entry | undefined, name: string): void {
  if (entry === undefined) {
    source.error(root, `policy: name is missing; write name: ${name}`)
    return
  }
  const written = source.text(entry)
  if (written === null || written === name) return
  const node = entry.value ?? entry.key
  source.error(node, `name: the policy is called "${name}" (by its file) and says "${written}"`)
}

const JUDGING_KEYS = [
  'mode',
  'default',
  'analysis',
  'input',
  'interactive',
  'groups',
  'protect',
  'rules',
]

/** An unfiltered policy that lists rules would read as if it enforced them. */
function refuseJudging(source: Source, keys: Map<string, Entry>): void {
  for (const name of JUDGING_KEYS) {
    const entry = keys.get(name)
    if (entry !== undefined)
      source.error(entry.key, `${name}: an unfiltered policy judges nothing; leave it out`)
  }
}

function readAnalysis(source: Source, entry: Entry | undefined): Policy['analysis'] {
  const standard = { opaque: 'deny', dynamic: 'deny', forward: 'canonical' } as const
  if (entry === undefined || entry.value === null) return standard
  const keys = source.entries(entry.value, ['opaque', 'dynamic', 'forward'], 'analysis')
  const opaque = keys.get('opaque')
  const dynamic = keys.get('dynamic')
  const forward = keys.get('forward')
  return {
    opaque:
      (opaque === undefined ? null : source.choice(opaque, ['deny', 'ask'])) ?? standard.opaque,
    dynamic:
      (dynamic === undefined ? null : source.choice(dynamic, ['deny', 'ask'])) ?? standard.dynamic,
    forward:
      (forward === undefined ? null : source.choice(forward, ['canonical', 'verbatim'])) ??
      standard.forward,
  }
}

function readInput(source: Source, entry: Entry | undefined): Policy['input'] {
  if (entry === undefined || entry.value === null) return { default: 'none' }
  const fallback = source.entries(entry.value, ['default'], 'input').get('default')
  if (fallback === undefined) return { default: 'none' }
  return { default: source.choice(fallback, ['none', 'line', 'raw']) ?? 'none' }
}

function readInteractive(source: Source, entry: Entry | undefined): Policy['interactive'] {
  const standard = { fallback: 'refuse', history: 'session' } as const
  if (entry === undefined || entry.value === null) return standard
  const keys = source.entries(entry.value, ['fallback', 'history'], 'interactive')
  const fallback = keys.get('fallback')
  const history = keys.get('history')
  return {
    fallback:
      (fallback === undefined ? null : source.choice(fallback, ['refuse', 'one-by-one'])) ??
      standard.fallback,
    history:
      (history === undefined ? null : source.choice(history, ['session', 'agent-and-target'])) ??
      standard.history,
  }
}

function readProtect(source: Source, entry: Entry | undefined): Policy['protect'] {
  if (entry === undefined || entry.value === null) return { read: [], write: [], except: [] }
  const keys = source.entries(entry.value, ['read', 'write', 'except'], 'protect')
  const globs = (key: Entry | undefined): string[] =>
    key === undefined ? [] : readGlobs(source, key, 'anchored')
  return {
    read: globs(keys.get('read')),
    write: globs(keys.get('write')),
    except: globs(keys.get('except')),
  }
}

function readRules(source: Source, keys: Map<string, Entry>): AnyRule[] {
  const groups = readGroups(source, keys.get('groups'))
  const entry = keys.get('rules')
  const rules =
    entry === undefined
      ? []
      : source.items(entry).flatMap(node => readRule(source, node, groups) ?? [])
  for (const [name, { key }] of groups.byName) {
    if (groups.used.has(name)) continue
    source.warning(key, `groups: no rule uses "${name}"`)
  }
  return rules
}

function readTests(source: Source, entry: Entry | undefined): PolicyTest[] {
  return entry === undefined
    ? []
    : source.items(entry).flatMap(node => readTest(source, node) ?? [])
}
