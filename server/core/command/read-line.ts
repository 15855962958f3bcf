import { parse } from 'unbash'
import type { TargetShell } from '../access.ts'
import { readBytes } from './bytes.ts'
import { emit } from './canonical/emit.ts'
import { readScript } from './extract/script.ts'
import { Findings } from './findings.ts'
import type { GuardName } from './guards.ts'
import type { Reading } from './reading.ts'
import { freshState } from './shell-state.ts'

const NOTHING_IGNORED: ReadonlySet<GuardName> = new Set()

/** What earlier lines of an interactive session left behind. */
export interface Session {
  /** Functions they may have defined (`Reading.functions`): calling one may change any variable. */
  readonly functions: readonly string[]
}

const NO_SESSION: Session = { functions: [] }

/**
 * Reads a command line as `shell` would and says what it would run. A line without misreadings runs
 * nothing and opens nothing for writing that is not listed. Never throws.
 */
export function readLine(
  line: string | Uint8Array,
  shell: TargetShell,
  session: Session = NO_SESSION,
): Reading {
  return readLineIgnoring(NOTHING_IGNORED, line, shell, session)
}

/** The same with guards taken away: a test shows with it what each one holds back. Nothing else may use it. */
export function readLineIgnoring(
  ignored: ReadonlySet<GuardName>,
  line: string | Uint8Array,
  shell: TargetShell,
  session: Session = NO_SESSION,
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
  session: Session,
): Reading {
  const findings = extract(ignored, line, shell, session)
  // What a rule may answer for, it can only let through in the form that was understood.
  const isUnderstood = findings.misreadings.every(({ answerable }) => answerable !== null)
  const canonical = isUnderstood
    ? canonicalOf(findings, textOf(line), text => extract(ignored, text, shell, session))
    : null
  if (canonical === null && isUnderstood) findings.refuse('not-re-emitted', textOf(line))
  return readingOf(findings, canonical)
}

function readingOf(findings: Findings, canonical: string | null): Reading {
  return {
    commands: findings.commands,
    loose: { assignments: findings.assignments, redirections: findings.redirections },
    misreadings: findings.misreadings,
    functions: [...findings.functions],
    canonical,
  }
}

function extract(
  ignored: ReadonlySet<GuardName>,
  line: string | Uint8Array,
  shell: TargetShell,
  session: Session,
): Findings {
  const findings = new Findings(ignored, new Set(session.functions))
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
