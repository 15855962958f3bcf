/**
 * What no policy can allow in an interactive session, because it would change how the driver shell reads
 * or reports the lines that are put to it. Each says what to do instead. Asked by the judge, of what
 * the line was read as; a command in a process of its own (`bash -c '…'`, `( … )`) is none of the driver's business.
 */
import type { Assignment, ReadCommand, Reading, Word } from '../command/reading.ts'
import type { Reason } from '../policy/judgement.ts'
import { DRIVER_NAME } from './driver-protocol/driver-functions.ts'
import { DRIVER_WORDS } from './driver-protocol/startup.ts'

export function denialsIn(reading: Reading): readonly Reason[] {
  const own = reading.commands.filter(command => !command.via.some(isOwnProcess))
  return [
    ...own.flatMap(deniedCommand),
    ...own.flatMap(deniedFunction),
    ...reading.loose.assignments.flatMap(deniedAssignment),
    ...reading.misreadings.flatMap(({ code, at }) =>
      Object.hasOwn(BY_GUARD, code) ? [reason(BY_GUARD[code] ?? '', at)] : [],
    ),
  ]
}

function reason(text: string, at: string): Reason {
  return { code: 'driver-shell', text, at }
}

/** Layers that run in a process of their own (extract/script.ts, extract/shells.ts in core/command). */
function isOwnProcess(how: string): boolean {
  return /^(?:\$?\( \)|[<>]\( \)|\S+ -c)$/.test(how)
}

/** Guards of the reader that stand for something the driver shell cannot bear, whatever the policy thinks of opaque lines. */
const BY_GUARD: Readonly<Record<string, string>> = {
  'line-editing':
    'the shell here edits no lines and keeps no history: the bastion does, with its own keys',
  'function-shadows':
    'a function of this name would run in place of what the bastion calls; choose another name',
  'builtin-loading': 'builtins stay as they are here; call the program by its path',
}

function deniedCommand(command: ReadCommand): Reason[] {
  const [name, ...args] = command.argv.map(literal)
  const deny = name === null || name === undefined ? undefined : DENIED[name]
  const text =
    name !== null && name !== undefined && Object.hasOwn(DENIED, name)
      ? deny?.(args, command)
      : null
  const assigned = command.isWrapper ? [] : command.assignments.flatMap(deniedAssignment)
  return text === null || text === undefined ? assigned : [reason(text, command.at), ...assigned]
}

type Argument = string | null

const DENIED: Readonly<
  Record<string, (args: readonly Argument[], command: ReadCommand) => string | null>
> = {
  exec: args =>
    isRedirectionOnly(args)
      ? 'exec without a command would move the shell’s own input and output; redirect the command itself: command > file'
      : null,
  bind: () => 'the shell here edits no lines: the bastion does, with keys that cannot be bound',
  suspend: () =>
    'the shell here cannot be suspended; use ^Z for the program in front, or leave with exit',
  enable: args =>
    args.length > 0 && !args.every(word => word === '-a' || word === '-p' || word === '-s')
      ? 'builtins stay as they are here; call the program by its path: /usr/bin/printf'
      : null,
  set: deniedSetting,
  trap: args => deniedTrap(args),
  alias: args =>
    args.some(word => word === null || isDriverWord(word.split('=')[0] ?? ''))
      ? 'an alias of this name would run in place of what the bastion calls; choose another name'
      : null,
  unalias: args =>
    args.some(word => word === null || word.startsWith('-') || isDriverWord(word))
      ? 'aliases go one by one here, by their names: unalias ll'
      : null,
  unset: args => deniedNames(args),
  export: args => deniedNames(args),
  readonly: args => deniedNames(args),
  declare: args => deniedNames(args),
  typeset: args => deniedNames(args),
  local: args => deniedNames(args),
  read: args => deniedNames(args),
}

/** exec [-cl] [-a name] [command …] (Bash manual, "Bourne Shell Builtins"). */
function isRedirectionOnly(args: readonly Argument[]): boolean {
  let at = 0
  for (let word = args[at]; typeof word === 'string' && /^-[cla]*$/.test(word); word = args[at]) {
    at += word.endsWith('a') ? 2 : 1
  }
  return at >= args.length
}

/** `set -v` shows every line as it is read, ours included; editing modes change what a line means. */
function deniedSetting(args: readonly Argument[]): string | null {
  for (const [at, word] of args.entries()) {
    if (word === null) return 'which option is set must be known; write it out'
    if (word === '--' || !/^[-+]/.test(word)) return null
    const options = word.slice(1)
    if (/[vnrtk]/.test(options.replace(/o.*/, ''))) return SETTING
    if (!options.endsWith('o')) continue
    const name = args[at + 1]
    if (name === undefined) return null
    if (name === null || QUIET_SETTINGS.has(name)) return SETTING
  }
  return null
}

const SETTING =
  'this shell option would change how the bastion’s own lines are read; use it in a process of its own: bash -c "set -v; …"'
const QUIET_SETTINGS: ReadonlySet<string> = new Set([
  'vi',
  'emacs',
  'verbose',
  'noexec',
  'restricted',
  'onecmd',
  'keyword',
  'history',
  'histexpand',
])

function deniedTrap(args: readonly Argument[]): string | null {
  const words = args[0] === '--' ? args.slice(1) : args
  if (words.length === 0 || words[0] === '-l' || words[0] === '-p') return null
  const [action, ...signals] = words
  if (action === null)
    return 'what a trap runs must be known when it is set; write it in single quotes'
  if (signals.some(signal => signal === null || /^(?:DEBUG|ERR|RETURN)$/i.test(signal))) {
    return 'a trap on DEBUG, ERR or RETURN would run inside the bastion’s own lines; set it in a process of its own: bash -c "trap …; …"'
  }
  return null
}

function deniedNames(args: readonly Argument[]): string | null {
  const denied = args.find(word => word !== null && isProtected(word.split('=')[0] ?? ''))
  return denied === undefined ? null : protectedText(denied?.split('=')[0] ?? '')
}

function deniedAssignment({ name }: Assignment): Reason[] {
  return isProtected(name) ? [reason(protectedText(name), `${name}=`)] : []
}

/** Variables that the driver's prompt or a pager's safety hangs on. PS1 is the bastion's own affair (own-prompt.ts). */
function isProtected(name: string): boolean {
  return (
    /^(?:PS[0-4]|PROMPT_COMMAND|LESSSECURE|BASH_XTRACEFD)(?:\[.*)?\+?$/.test(name) ||
    DRIVER_NAME.test(name)
  )
}

function protectedText(name: string): string {
  return /^PS1\+?$/.test(name)
    ? "the prompt is the bastion's own; set it with a line of its own: PS1='plain text'"
    : `${name} stays as it is here; set it for one command in a process of its own: bash -c '…'`
}

function deniedFunction({ via, at }: ReadCommand): Reason[] {
  const name = via
    .map(how => /^(.*)\(\)$/.exec(how)?.[1])
    .find(found => found !== undefined && isDriverWord(found))
  return name === undefined
    ? []
    : [
        reason(
          `a function called ${name} would run in place of what the bastion calls; choose another name`,
          at,
        ),
      ]
}

function isDriverWord(name: string): boolean {
  return (DRIVER_WORDS as readonly string[]).includes(name) || DRIVER_NAME.test(name)
}

function literal(word: Word): Argument {
  return word.is === 'literal' ? word.text : null
}
