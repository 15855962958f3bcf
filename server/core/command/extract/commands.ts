import type { Assignment as AssignmentNode, Command as CommandNode, Word as WordNode } from 'unbash'
import type { Word } from '../reading.ts'
import { FOREIGN_SHELLS, LOADER, READ_SHELLS } from '../tables/shells.ts'
import type { Reach } from './assignments.ts'
import { noteValue, readAssignment } from './assignments.ts'
import { readBuiltin } from './builtins.ts'
import type { Call } from './call.ts'
import { shown } from './call.ts'
import { under } from './change-directory.ts'
import { readEffects } from './effects.ts'
import type { Extraction } from './extraction.ts'
import { inside, runsLater } from './extraction.ts'
import { readFind } from './find.ts'
import { readRedirection } from './redirections.ts'
import { readShellCall } from './shells.ts'
import { readWords } from './words.ts'
import { unwrap, wrapperEntry } from './wrappers.ts'
import { readXargs } from './xargs.ts'

/** A line that runs more commands than this is not one that a person would approve or an agent should write. */
const COMMANDS_LIMIT = 2000
/** `sudo env nice timeout …`: the deepest ordinary stack seen has four. */
const LAYERS_LIMIT = 8

const RESERVED = new Set(
  '! { } [[ ]] if then else elif fi for select while until do done case esac in function time coproc'.split(
    ' ',
  ),
)

/** Directories that hold the system's own programs: `/usr/bin/sudo` is sudo, `./sudo` is anything. */
const SYSTEM_DIRECTORY = /^(\/usr(\/local)?)?\/s?bin\/[^/]+$/

/** Reads one simple command: its assignments, its redirections, and every layer of what it runs. */
export function readCommand(node: CommandNode, x: Extraction): void {
  const redirections = node.redirects.flatMap(redirect => readRedirection(redirect, x))
  const assignments = node.prefix
    .filter(child => child.type === 'Assignment')
    .map(child => readAssignment(child, x, reachOf(child.name, node)))
  const { name } = node
  if (name === undefined) {
    x.findings.assignments.push(...assignments)
    x.findings.redirections.push(...redirections)
    return
  }
  if (name.parts === undefined && name.text === name.value && RESERVED.has(name.text)) {
    x.findings.refuse('reserved-word', name.text)
  }
  const argv = [name, ...node.args].flatMap(word => argumentWords(word, x))
  const at = x.source.slice(node.pos, node.end)
  readCall(
    {
      argv,
      assignments,
      redirections,
      at,
      input: node.redirects,
      mayBeBuiltin: true,
      mayBeFunction: true,
      layers: 0,
    },
    x,
  )
}

/** `IFS= read -r line` splits that one line; nothing else sees it. */
function reachOf(variable: string, { name }: CommandNode): Reach {
  if (name === undefined) return 'shell'
  return variable === 'IFS' && name.text === 'read' ? 'input' : 'command'
}

/** An argument that looks like an assignment (`export a=b`) is one word all the same. */
function argumentWords(node: WordNode | AssignmentNode, x: Extraction): readonly Word[] {
  if (node.type === 'Word') return readWords(node, x)
  const { value } = readAssignment(node, x, 'command')
  const name = node.text.slice(0, node.value.pos - node.pos)
  if (value.is === 'literal') return [{ is: 'literal', text: name + value.text }]
  return [{ is: 'dynamic', source: node.text, prefix: name + value.prefix, several: false }]
}

/** Lists the command, with what a wrapper adds to it; returns its index. */
type Recorder = (isWrapper: boolean, extra?: Partial<Call>) => number

function readCall(call: Call, x: Extraction): void {
  const [program] = call.argv
  if (program === undefined) return
  if (x.findings.commands.length >= COMMANDS_LIMIT) {
    x.findings.refuse('too-many-commands', call.at)
    return
  }
  if (call.layers > LAYERS_LIMIT) {
    x.findings.refuse('nesting', call.at)
    return
  }
  const index = x.findings.commands.length
  const record: Recorder = (isWrapper, extra = {}) => {
    x.findings.commands.push({
      argv: call.argv,
      as: x.frame.as,
      directory: x.state.directory,
      via: x.frame.via,
      isWrapper,
      assignments: [...call.assignments, ...(extra.assignments ?? [])],
      redirections: [...call.redirections, ...(extra.redirections ?? [])],
      at: call.at,
    })
    return index
  }
  if (program.is === 'dynamic') {
    record(false)
    x.findings.refuse('dynamic-command', shown(program))
    return
  }
  if (!/^[\x21-\x7e]+$/.test(program.text)) x.findings.refuse('odd-program-name', program.text)
  if (call.mayBeFunction && x.state.functions.has(program.text)) {
    // Its body has been read where it was defined.
    const isLater = runsLater(x.frame)
    x.findings.functionCalls.push({ name: program.text, isLater, at: call.at })
    record(true)
    return
  }
  if (x.findings.sessionFunctions.has(program.text)) x.state.numbers.clear()
  readProgram(program.text, call, index, record, x)
}

function readProgram(
  program: string,
  call: Call,
  index: number,
  record: Recorder,
  x: Extraction,
): void {
  const name = program.slice(program.lastIndexOf('/') + 1)
  const isOwn = name === program || SYSTEM_DIRECTORY.test(program)
  const args = call.argv.slice(1)
  const shell = READ_SHELLS.get(name)
  if (shell !== undefined) {
    readShellCall(name, shell, call, isReadThrough => record(isOwn && isReadThrough), x)
  } else if (FOREIGN_SHELLS.has(name)) {
    record(false)
    x.findings.refuse('foreign-shell', call.at, index)
  } else if (LOADER.test(name)) {
    record(false)
    x.findings.refuse('loader', call.at, index)
  } else if (name === 'find') {
    const { commands, redirections } = readFind(args, x)
    record(false, { redirections })
    for (const { argv, action, directory } of commands) {
      const found = inside(x, `find ${action}`)
      const place = directory === null ? found : { ...found, state: { ...x.state, directory } }
      readCall(innerCall(call, argv, { mayBeBuiltin: false }), place)
    }
  } else if (name === 'xargs') {
    const read = readXargs(args)
    if (typeof read === 'string') {
      record(isOwn)
      x.findings.refuse(read, call.at)
      return
    }
    record(isOwn, { redirections: read.redirections })
    readCall(innerCall(call, read.argv, { mayBeBuiltin: false, input: null }), inside(x, 'xargs'))
  } else if (isWrapperHere(name, program, call)) {
    readWrapper(name, isOwn, call, record, x)
  } else {
    record(isRead(name, program, call))
    if (call.mayBeBuiltin && readBuiltin(program, call, index, x)) return
    readEffects(name, args, index, x)
  }
}

/** `command`, `builtin` and `exec` are builtins only; there is nothing to wrap behind `env builtin`. */
function isWrapperHere(name: string, program: string, call: Call): boolean {
  if (wrapperEntry(name) === null) return false
  const isBuiltinOnly = name === 'builtin' || name === 'exec'
  return !isBuiltinOnly || (call.mayBeBuiltin && program === name)
}

/** `eval` and `trap` are read through like wrappers; what they run is judged for itself. */
function isRead(name: string, program: string, call: Call): boolean {
  return call.mayBeBuiltin && program === name && (name === 'eval' || name === 'trap')
}

function readWrapper(
  name: string,
  isOwn: boolean,
  call: Call,
  record: Recorder,
  x: Extraction,
): void {
  // dash's exec has no options: `exec -a x` runs `-a`.
  const next = call.argv[1]
  if (
    x.frame.shell === 'sh' &&
    name === 'exec' &&
    next !== undefined &&
    shown(next).startsWith('-')
  ) {
    x.findings.refuse('not-posix', call.at)
  }
  const wrapped = unwrap(name, call.argv.slice(1))
  const needsRule = wrapperEntry(name)?.needsRule === true
  if (typeof wrapped === 'string') {
    record(false)
    x.findings.refuse(wrapped, call.at)
    return
  }
  record(isOwn && !needsRule && wrapped.inner.length > 0, wrapped)
  for (const { name: variable, value } of wrapped.assignments) {
    noteValue(variable, value, x, 'command', call.at)
  }
  if (wrapped.inner.length === 0) return
  const mayBeBuiltin = call.mayBeBuiltin && (name === 'command' || name === 'builtin')
  const directory =
    wrapped.directory === null ? x.state.directory : under(x.state.directory, wrapped.directory)
  // A builtin behind `command` changes this shell; anything else changes only itself.
  const state = mayBeBuiltin ? x.state : { ...x.state, directory }
  const framed = inside(x, name, { as: wrapped.as ?? x.frame.as })
  readCall(innerCall(call, wrapped.inner, { mayBeBuiltin }), { ...framed, state })
}

function innerCall(call: Call, argv: readonly Word[], changed: Partial<Call>): Call {
  return {
    ...call,
    ...changed,
    argv,
    assignments: [],
    redirections: [],
    mayBeFunction: false,
    layers: call.layers + 1,
  }
}
