/**
 * The walk over a parsed script. It goes by the parser's own list of children, so that a field forgotten
 * here cannot hide a command; what is written out per node only adds guards and keeps track of what is
 * known at each place.
 */
import type { AndOr, ParsedScript, Pipeline, PipelineNode, Statement, SyntaxNode } from 'unbash'
import { forEachChild, parse } from 'unbash'
import { readBytes } from '../bytes.ts'
import type { Findings } from '../findings.ts'
import type { ShellState } from '../shell-state.ts'
import { SOMEWHERE, fork, freshState, perhaps, placeToLeave } from '../shell-state.ts'
import { readCommand } from './commands.ts'
import { guardDialect } from './dialect.ts'
import type { Extraction, Frame } from './extraction.ts'
import { inside, noteChange } from './extraction.ts'
import { mayMove } from './may-move.ts'
import { guardNode } from './node-guards.ts'
import { readRedirection } from './redirections.ts'
import { guardTextBetween } from './text-between.ts'

/** Scripts inside scripts inside scripts: more than this is not written by hand. */
const DEPTH_LIMIT = 12
/** Nodes inside nodes; the parser itself stops at 256 levels of brackets. */
const NESTING_LIMIT = 400

/** Reads `code` as a script that runs at the place `frame` and `state` describe. */
export function readScript(
  code: string,
  frame: Frame,
  state: ShellState,
  findings: Findings,
): void {
  if (frame.depth > DEPTH_LIMIT) {
    findings.refuse('nesting', code)
    return
  }
  const bytes = readBytes(code)
  // A nested script may begin with a dash: `eval -- -x`, a here-document. Only the shell's own line may not.
  const faults = bytes.ok
    ? []
    : bytes.fault.filter(fault => frame.depth === 0 || fault !== 'leading-dash')
  for (const fault of faults) findings.refuse(fault, code)
  if (faults.some(fault => !findings.ignores(fault))) return
  const root = parsed(code)
  if (root === null) {
    findings.refuse('syntax', code)
    return
  }
  const x: Extraction = {
    source: code,
    findings,
    frame,
    state,
    readNested: (nested, nestedFrame, nestedState) =>
      readScript(nested, nestedFrame, nestedState, findings),
  }
  readParsed(root, x)
}

function readParsed(root: ParsedScript, x: Extraction): void {
  for (const error of root.errors ?? []) {
    x.findings.refuse('syntax', x.source.slice(error.pos) || x.source)
  }
  if (x.frame.shell === 'sh') guardDialect(root, x)
  guardTextBetween(root, x)
  walkChildren(root, x, 0)
}

/** The parser recovers from every error it knows; a throw is one it does not, and says as little. */
function parsed(code: string): ParsedScript | null {
  try {
    return parse(code)
  } catch (error) {
    if (error instanceof RangeError) throw error // out of stack: answered where the reading began
    return null
  }
}

function walkChildren(node: SyntaxNode, x: Extraction, level: number): void {
  forEachChild(node, child => walk(child, node, x, level + 1))
}

function walk(node: SyntaxNode, parent: SyntaxNode, x: Extraction, level: number): void {
  if (level > NESTING_LIMIT) {
    x.findings.refuse('nesting', x.source.slice(node.pos, node.end))
    return
  }
  guardNode(node, parent, x)
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- everything else is only walked
  switch (node.type) {
    case 'Script':
      // Backquotes are unescaped before they are parsed: their positions count in a text of their own.
      readParsed(node, node.source === undefined ? x : { ...x, source: node.source })
      return
    case 'Statement':
      return walkStatement(node, x, level)
    case 'AndOr':
      return walkAndOr(node, x, level)
    case 'Pipeline':
      return walkPipeline(node, x, level)
    case 'Command':
      walkChildren(node, x, level)
      readCommand(node, x)
      return
    case 'Redirected':
      walkChildren(node, x, level)
      for (const redirect of node.redirects) {
        x.findings.redirections.push(...readRedirection(redirect, x))
      }
      return
    case 'Subshell':
      return walkChildren(node, { ...inside(x, '( )'), state: fork(x.state) }, level)
    case 'CommandExpansion':
    case 'ArithmeticCommandExpansion': {
      const nested = inside(x, '$( )', { isReprinted: true })
      return walkChildren(node, { ...nested, state: fork(x.state) }, level)
    }
    case 'ProcessSubstitution': {
      const nested = inside(x, `${node.operator}( )`, { isReprinted: true })
      return walkChildren(node, { ...nested, state: fork(x.state) }, level)
    }
    case 'Function': {
      // It runs where it is called, with the caller's arguments.
      const body = inside(x, `${node.name.text}()`, { positional: null })
      const isPlain = node.name.parts === undefined && /^[\w.:-]+$/.test(node.name.text)
      const state = freshState(placeToLeave())
      // What surely exists here does so when it is called, unless it is taken away (Findings.functionCalls).
      state.functions = new Set(x.state.functions)
      // A name in quotes defines nothing: the call would be one of a program.
      if (isPlain) state.functions.add(node.name.text)
      const before = state.directory
      walkChildren(node, { ...body, state }, level)
      // It outlives the line; who calls it later would be somewhere else than the reading says.
      if (state.directory !== before) x.findings.refuse('function-moves', node.name.text)
      x.findings.functions.add(node.name.value)
      if (isPlain) x.state.functions.add(node.name.text)
      return
    }
    case 'Coproc':
      if (node.name !== undefined) noteChange(node.name.value, x, node.name.text)
      return walkChildren(node, { ...inside(x, 'coproc'), state: fork(x.state) }, level)
    case 'While':
    case 'For':
    case 'ArithmeticFor':
    case 'Select':
      // The second time round, it starts from where the first ended.
      if (mayMove(node, x.state)) x.state.directory = SOMEWHERE
      return walkLoop(node, x, level)
    case 'If':
    case 'Case':
      return perhaps(x.state, () => walkChildren(node, x, level))
    case 'Elif':
    case 'CaseItem':
      return perhaps(x.state, () => walkChildren(node, x, level))
    default:
      return walkChildren(node, x, level)
  }
}

/** What it takes away at its end was there at its beginning the first time only. */
function walkLoop(node: SyntaxNode, x: Extraction, level: number): void {
  const before = [...x.state.functions]
  perhaps(x.state, () => walkChildren(node, x, level))
  for (const name of before) if (!x.state.functions.has(name)) x.findings.vanishing.add(name)
}

function walkStatement(node: Statement, x: Extraction, level: number): void {
  if (node.background === true) {
    walkChildren(node, { ...x, state: fork(x.state) }, level)
    return
  }
  const before = x.state.directory
  walkChildren(node, x, level)
  // A `cd` may fail, and the next statement runs all the same.
  if (x.state.directory !== before && !endsOnFailure(node)) x.state.directory = SOMEWHERE
}

/** `cd /srv || exit`: whatever comes next runs in /srv or not at all. */
function endsOnFailure({ command }: Statement): boolean {
  if (command.type !== 'AndOr' || command.operators.join('') !== '||') return false
  const last = command.commands[1]
  return last !== undefined && isExit(last)
}

function isExit(node: PipelineNode): boolean {
  return node.type === 'Command' && /^(exit|return)$/.test(node.name?.text ?? '')
}

/** Behind `&&` the left side has succeeded; behind `||` nobody knows where it left off. */
function walkAndOr(node: AndOr, x: Extraction, level: number): void {
  const { state } = x
  const start = state.directory
  for (const [index, command] of node.commands.entries()) {
    const isAlternative = node.operators[index - 1] === '||'
    const before = state.directory
    if (isAlternative && before !== start) state.directory = SOMEWHERE
    const here = state.directory
    if (index === 0) {
      walk(command, node, x, level + 1)
      continue
    }
    const { numbers, functions } = fork(state)
    walk(command, node, x, level + 1)
    state.numbers = new Set([...numbers].filter(name => state.numbers.has(name)))
    state.functions = new Set([...functions].filter(name => state.functions.has(name)))
    if (!isAlternative) continue
    // What follows `cd a || exit` is behind the success of `cd a`; behind any other `||` either side may have run.
    if (isExit(command) && node.commands.length === 2) state.directory = before
    else if (state.directory !== here || before !== start) state.directory = SOMEWHERE
  }
}

function walkPipeline(node: Pipeline, x: Extraction, level: number): void {
  for (const prefix of node.prefixes) walk(prefix, node, x, level + 1)
  const before = x.state.directory
  for (const command of node.commands) {
    const state = node.commands.length === 1 ? x.state : fork(x.state)
    walk(command, node, { ...x, state }, level + 1)
  }
  const isNegated = node.prefixes.some(prefix => prefix.type === 'Negation')
  if (isNegated && x.state.directory !== before) x.state.directory = SOMEWHERE
}
