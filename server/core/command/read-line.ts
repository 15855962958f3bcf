import { parse } from 'unbash'
import type { TargetShell } from '../access.ts'
import { readBytes } from './bytes.ts'
import { emit } from './canonical/emit.ts'
import { readScript } from './extract/script.ts'
import { Findings } from './findings.ts'
import type { GuardName } from './guards.ts'
import type { Reading } from './reading.ts'
import {
  type Definition,
  type LineFunctions,
  NO_FUNCTIONS,
  NO_LINE_FUNCTIONS,
  type SessionFunctions,
  withCalled,
} from './session-functions.ts'
import { freshState } from './shell-state.ts'

const NOTHING_IGNORED: ReadonlySet<GuardName> = new Set()

/**
 * Reads a command line as `shell` would and says what it would run. A line without misreadings runs
 * nothing and opens nothing for writing that is not listed. Never throws.
 */
export function readLine(
  line: string | Uint8Array,
  shell: TargetShell,
  session: SessionFunctions = NO_FUNCTIONS,
): Reading {
  return readLineIgnoring(NOTHING_IGNORED, line, shell, session)
}

/** The same with guards taken away: a test shows with it what each one holds back. Nothing else may use it. */
export function readLineIgnoring(
  ignored: ReadonlySet<GuardName>,
  line: string | Uint8Array,
  shell: TargetShell,
  session: SessionFunctions = NO_FUNCTIONS,
): Reading {
  try {
    return read(ignored, line, shell, session)
  } catch (error) {
    // Parser and walk recurse: a line that runs them out of stack is a line of that kind, and no bug.
    if (!(error instanceof RangeError)) throw error
    const findings = new Findings(ignored)
    findings.refuse('nesting', textOf(line))
    return readingOf(findings, null)
  }
}

function read(
  ignored: ReadonlySet<GuardName>,
  line: string | Uint8Array,
  shell: TargetShell,
  session: SessionFunctions,
): Reading {
  const own = extract(ignored, line, shell, session)
  const before = definitionsBefore(line, own, session)
  const whole = `${before}${textOf(line)}`
  const findings = before === '' ? own : extract(ignored, whole, shell, session)
  // What a rule may answer for, it can only let through in the form that was understood.
  const isUnderstood = findings.misreadings.every(({ answerable }) => answerable !== null)
  const canonical = isUnderstood
    ? canonicalOf(findings, whole, text => extract(ignored, text, shell, session))
    : null
  if (canonical === null && isUnderstood) findings.refuse('not-re-emitted', whole)
  const functions = {
    mayDefine: [...own.functions],
    defines: definitionsIn(textOf(line), own, code => extract(ignored, code, shell, NO_FUNCTIONS)),
    mayRemove: [...own.removed],
    mayVanish: [...own.vanishing].filter(name => !session.mayVanish.includes(name)),
    mustStay: findings.functionCalls.flatMap(({ name, isLater }) => (isLater ? [name] : [])),
  }
  return readingOf(findings, canonical, functions, before)
}

/** Definitions of earlier lines that this one calls, each on lines of its own; empty where it is longer with them than may be. */
function definitionsBefore(
  line: string | Uint8Array,
  { commands }: Findings,
  { definitions }: SessionFunctions,
): string {
  if (definitions.length === 0) return ''
  const called = new Set(
    commands.map(({ argv: [name] }) => (name?.is === 'literal' ? name.text : '')),
  )
  const needed = withCalled(
    definitions,
    definitions.filter(({ name }) => called.has(name)),
  )
  const before = needed.map(({ text }) => `${text}\n`).join('')
  return readBytes(`${before}${textOf(line)}`).ok ? before : ''
}

/** What stands before everything else of a line: nothing there can fail, and no ^C comes between. */
function definitionsIn(
  line: string,
  { functions, misreadings }: Findings,
  extractAlone: (code: string) => Findings,
): Definition[] {
  if (functions.size === 0 || misreadings.length > 0) return []
  const root = parse(line)
  const end = root.commands.findIndex(
    ({ command, background }) => command.type !== 'Function' || background === true,
  )
  const leading = end === -1 ? root.commands : root.commands.slice(0, end)
  return leading.flatMap(statement => {
    const { command } = statement
    const text = emit({ ...root, commands: [statement] })
    if (command.type !== 'Function' || text === null || command.name.parts !== undefined) return []
    const { commands } = extractAlone(text)
    const calls = commands.flatMap(({ argv: [name] }) =>
      name?.is === 'literal' ? [name.text] : [],
    )
    return [{ name: command.name.text, text, calls: [...new Set(calls)] }]
  })
}

function readingOf(
  findings: Findings,
  canonical: string | null,
  functions: LineFunctions = NO_LINE_FUNCTIONS,
  before = '',
): Reading {
  return {
    commands: findings.commands,
    loose: { assignments: findings.assignments, redirections: findings.redirections },
    variables: findings.variables,
    misreadings: findings.misreadings,
    functions,
    before,
    canonical,
  }
}

function extract(
  ignored: ReadonlySet<GuardName>,
  line: string | Uint8Array,
  shell: TargetShell,
  session: SessionFunctions,
): Findings {
  const findings = new Findings(ignored, new Set(session.mayExist), session.mayVanish)
  const bytes = readBytes(line)
  if (!bytes.ok) for (const fault of bytes.fault) findings.refuse(fault, textOf(line))
  if (findings.misreadings.length > 0) return findings
  const frame = { via: [], as: null, shell, depth: 0, positional: null, isReprinted: false }
  readScript(textOf(line), frame, freshState(null), findings)
  for (const { name, wasNumber, at } of findings.numberUses) {
    if (!wasNumber || findings.notNumbers.has(name)) findings.refuse('arithmetic-variable', at)
  }
  for (const { name, at } of findings.filled) {
    if (findings.arrays.has(name)) findings.refuse('array-value', at)
  }
  for (const { name, isLater, at } of findings.functionCalls) {
    const mayBeGone = findings.vanishing.has(name) || (isLater && findings.removed.has(name))
    if (mayBeGone) findings.refuse('function-vanishes', at)
  }
  for (const name of session.mustStay) {
    if (findings.removed.has(name)) findings.refuse('function-vanishes', name)
  }
  return findings
}

/**
 * The line written out again, and read again: only a form that says the same as the line is one. Null
 * when there is none.
 */
function canonicalOf(
  findings: Findings,
  text: string,
  extractAgain: (text: string) => Findings,
): string | null {
  const canonical = emit(parse(text))
  if (canonical === null || canonical === text) return canonical
  const isSame = essence(extractAgain(canonical)) === essence(findings)
  return isSame && emit(parse(canonical)) === canonical ? canonical : null
}

/** What must not change when a line is written out again: all but how its words were spelled. */
function essence(findings: Findings): string {
  const spelling = new Set(['at', 'source'])
  const { commands, assignments, redirections, misreadings } = findings
  return JSON.stringify(
    [commands, assignments, redirections, misreadings],
    (key, value: unknown) => (spelling.has(key) ? undefined : value),
  )
}

function textOf(line: string | Uint8Array): string {
  return typeof line === 'string' ? line : new TextDecoder().decode(line)
}
