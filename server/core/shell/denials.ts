/**
 * What no policy can allow in an interactive session, because it would change how the driver shell reads
 * or reports the lines that are put to it. Each says what to do instead. Asked by the judge, of what
 * the line was read as; a command in a process of its own (`bash -c '…'`, `( … )`) is none of the driver's business.
 */
import type { ChangedVariable, ReadCommand, Reading, Word } from '../command/reading.ts'
import type { Reason } from '../policy/judgement.ts'
import { DRIVER_NAME } from './driver-protocol/driver-functions.ts'
import { DRIVER_WORDS } from './driver-protocol/startup.ts'

export function denialsIn(reading: Reading): readonly Reason[] {
  const own = reading.commands.filter(command => !command.via.some(isOwnProcess))
  return [
    ...own.flatMap(deniedCommand),
    ...reading.functions.mayDefine.flatMap(deniedFunction),
    ...reading.variables.flatMap(deniedChange),
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
  nesting: 'what is nested so deeply cannot be looked through; split it up',
  'too-many-commands': 'so many commands cannot be looked through; split the line up',
  'builtin-loading': 'builtins stay as they are here; call the program by its path',
}

function deniedCommand(command: ReadCommand): Reason[] {
  const [name, ...args] = command.argv.map(literal)
  const deny = name === null || name === undefined ? undefined : DENIED[name]
  const text =
    name !== null && name !== undefined && Object.hasOwn(DENIED, name)
      ? deny?.(args, command)
      : null
  return text === null || text === undefined ? [] : [reason(text, command.at)]
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
  shopt: deniedShopt,
  trap: args => deniedTrap(args),
  alias: args =>
    args.some(word => word === null || isDriverWord(word.split('=')[0] ?? ''))
      ? 'an alias of this name would run in place of what the bastion calls; choose another name'
      : null,
  unalias: args =>
    args.some(word => word === null || word.startsWith('-') || isDriverWord(word))
      ? 'aliases go one by one here, by their names: unalias ll'
      : null,
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
    if (word === null) return UNKNOWN_SETTING
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

/** `promptvars` lets prompts run what is in them, aliases are how a line is run, and `extdebug` lets traps skip it. */
function deniedShopt(args: readonly Argument[]): string | null {
  const [options, names] = [args.filter(isOption), args.filter(word => !isOption(word))]
  if (!options.some(word => /[su]/.test(word))) return args.includes(null) ? UNKNOWN_SETTING : null
  if (names.includes(null)) return UNKNOWN_SETTING
  const isOfSet = options.some(word => word.includes('o'))
  const quiet = isOfSet ? QUIET_SETTINGS : QUIET_SHOPTS
  return names.some(name => name !== null && quiet.has(name)) ? SETTING : null
}

function isOption(word: Argument): word is string {
  return word?.startsWith('-') === true
}

const UNKNOWN_SETTING = 'which option is set must be known; write it out'
const QUIET_SHOPTS: ReadonlySet<string> = new Set(['promptvars', 'expand_aliases', 'extdebug'])
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

/** Whoever has the name only when the line runs is left to the policy, as is who has the code only then. */
function deniedChange({ name, via, at }: ChangedVariable): Reason[] {
  return isProtected(name) && !via.some(isOwnProcess) ? [reason(protectedText(name), at)] : []
}

/**
 * Variables whose values the driver expands between the agent's lines (the message for a mailbox in MAILPATH, too), that say
 * what its lines mean, or that a pager's safety hangs on. PS1 is the bastion's own affair (own-prompt.ts).
 */
function isProtected(name: string): boolean {
  return (
    /^(?:PS[0-4]|PROMPT_COMMAND|MAILPATH|LESSSECURE|BASH_XTRACEFD|BASH_ALIASES|BASH_CMDS)$/.test(
      name,
    ) || DRIVER_NAME.test(name)
  )
}

function protectedText(name: string): string {
  return name === 'PS1'
    ? "the prompt is the bastion's own; set it with a line of its own: PS1='plain text'"
    : `${name} stays as it is here; set it for one command in a process of its own: bash -c '…'`
}

/** The whole line's: what a process of its own defines is not worth a second reading. */
function deniedFunction(name: string): Reason[] {
  if (!isDriverWord(name)) return []
  const text = `a function called ${name} would run in place of what the bastion calls; choose another name`
  return [reason(text, `${name}()`)]
}

function isDriverWord(name: string): boolean {
  return (DRIVER_WORDS as readonly string[]).includes(name) || DRIVER_NAME.test(name)
}

function literal(word: Word): Argument {
  return word.is === 'literal' ? word.text : null
}
