/**
 * Every reason why a line is not taken at its word: what the parser is known to read otherwise than the
 * shell, what only shows when the line runs, and what changes the meaning of later words. A guard that
 * fires is a misreading under its own name, so each can be taken away alone, in a test, to show what
 * it holds back (test/vectors/lines/guards.jsonl has a line for each).
 */
import type { Misreading } from './reading.ts'

interface Guard {
  readonly class: Misreading['class']
  /** For the agent: what is the matter and what to write instead. */
  readonly text: string
}

const opaque = (text: string): Guard => ({ class: 'opaque', text })
const dynamic = (text: string): Guard => ({ class: 'dynamic', text })
const unreadable = (text: string): Guard => ({ class: 'unreadable', text })

export const GUARDS = {
  // ---- bytes (bytes.ts)
  'too-long': unreadable('the line is longer than 16 KB; split it up'),
  'not-utf8': unreadable('the line is not valid UTF-8'),
  'control-character': unreadable(
    "the line holds a control character; write it as $'\\x..' in a quoted word",
  ),
  'invisible-character': unreadable('the line holds an invisible or direction-changing character'),
  'leading-dash': unreadable(
    'the line begins with a dash or plus, which the shell would take as its own option',
  ),

  // ---- syntax (extract/script.ts, extract/pieces.ts, extract/text-between.ts)
  syntax: opaque('this is not a complete command line; check quotes and brackets'),
  'unknown-syntax': opaque('this construct is not understood here'),
  nesting: opaque('this is nested too deeply; split it up'),
  'too-many-commands': opaque('this runs too many commands for one line; split it up'),
  'unaccounted-text': opaque('the parser skipped part of this; write it more plainly'),
  'second-reading': opaque('two readers disagree about this word; quote it plainly'),
  continuation: opaque('a line continuation stands inside a word; join the word'),
  'ansi-string': opaque("this $'…' does not spell plain text; write the text itself"),
  'reserved-word': opaque(
    'a reserved word stands where the shell may not read it as one; quote it or move the redirection behind the command',
  ),
  'joined-process-substitution': opaque(
    'a process substitution is joined to other text; put blanks around it',
  ),
  'new-substitution': opaque('${ …; } is read differently by different shells; write $(…)'),
  'here-document-in-substitution': opaque(
    'a here-document inside $(…) must be in its only command',
  ),
  'not-re-emitted': opaque(
    'this cannot be written out again from what was understood; write it more plainly',
  ),
  'not-posix': opaque(
    'this is not POSIX sh, which the target runs; write it for sh or use bash -c',
  ),

  // ---- redirections (extract/redirections.ts)
  'duplicate-word': opaque(
    'the word after >& or <& is expanded twice by the shell, or split at a dash; write > file 2>&1',
  ),
  'network-redirection': opaque(
    '/dev/tcp and /dev/udp are network connections; use a program that the policy can see',
  ),
  'descriptor-variable': opaque('{name}> with a subscript is evaluated; use a plain name'),

  // ---- what later words mean
  'meaningful-variable': opaque(
    'this variable changes which programs run or what they do; leave it unset',
  ),
  alias: opaque('aliases change what later words mean; write the command out'),
  'function-shadows': opaque(
    'this function takes the name of a command with a meaning of its own; choose another name',
  ),
  'function-moves': opaque(
    'this function changes the directory; put the cd in brackets: f() { (cd /x && …); }',
  ),
  'function-vanishes': opaque(
    'this function is called by another function or a trap, and taken away (unset) in this session; choose another name',
  ),
  'trap-changes': opaque('this trap changes the directory or a variable; let it only run commands'),
  'shell-option': opaque('this shell option changes how later words are read'),
  'builtin-loading': opaque(
    'enable, hash -p and the like replace commands; call the program by its path',
  ),
  'line-editing': opaque("this builtin works on the shell's own history, keys or completions"),
  nameref: opaque('name references hide which variable is meant; use the variable itself'),
  'integer-variable': opaque('values of integer variables are evaluated as arithmetic; use $((…))'),

  // ---- arithmetic and names: a value such as a[$(cmd)] runs cmd (Bash manual, Shell Arithmetic)
  'arithmetic-text': dynamic('this arithmetic holds more than numbers, names and operators'),
  'arithmetic-variable': dynamic(
    'this variable is evaluated as arithmetic and not known to be a number; assign it a number first',
  ),
  indirection: dynamic('${!name} uses a name that is not known before it runs'),
  'prompt-expansion': opaque('${name@P} runs the substitutions in its value'),
  'evaluated-name': dynamic(
    'a variable name here is evaluated, subscripts included; use a plain name',
  ),
  'array-value': dynamic(
    'declare and its like evaluate a value in parentheses, substitutions included; assign with name=value',
  ),
  'test-operator': dynamic(
    'an operand that may become an operator stands in this test; quote it, or use [[ … ]]',
  ),

  // ---- commands that run what they are told
  'dynamic-command': dynamic('which program runs is only known when it runs; name it'),
  'dynamic-code': dynamic('this code is only known when it runs; write it out'),
  'odd-program-name': opaque('this program name holds unusual characters'),
  'wrapper-option': opaque(
    'this option of a wrapper is not known here; the command it runs cannot be told',
  ),
  'wrapper-operand': dynamic('where the wrapped command begins is only known when it runs'),
  'starts-shell': opaque(
    'this starts a shell, an editor or a split string; name the command to run',
  ),
  'login-shell': opaque('a login shell runs its start-up files first; leave -l out'),
  'foreign-shell': opaque("another shell's language is not read here; use bash -c or sh -c"),
  'shell-reads-file': opaque('a script file is run whose content is not seen'),
  'shell-reads-input': opaque('a shell reads commands from its input; pass them with -c'),
  'sourced-file': opaque('a file is read as commands and its content is not seen'),
  'runs-argument': opaque('this builtin runs its argument as a command'),
  'option-runs-program': opaque('this option makes the program run another one'),
  'sed-script': opaque(
    'this sed script may run commands (e) or write files (w), or is not known; use only commands that change text',
  ),
  loader: opaque('the dynamic loader runs any file it is given; call the program itself'),
} as const satisfies Record<string, Guard>

export type GuardName = keyof typeof GUARDS

export const GUARD_NAMES = Object.keys(GUARDS) as readonly GuardName[]
