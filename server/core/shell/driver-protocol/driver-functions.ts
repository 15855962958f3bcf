/**
 * What the driver shell can be told. Its vocabulary is a handful of functions and one alias, defined
 * before any program of the agent runs; from then on a line on the control terminal is a call of one of
 * them: a name of digits and one capital, then digits, backslashes, quotes and blanks alone.
 *
 * Why: writing to the control terminal from the target reaches the bastion, never the shell; but whoever
 * has the account can *read* from it, and so take bytes off the head of a line or out of its middle. What is
 * left must be harmless. A call says its nonce first and last, and how many bytes it carries in a fixed number of
 * digits; sealed they are five times as many characters. With something missing, or with something of the next line
 * in its place, the two counts cannot both be right, and it is no call. What remains of it besides is digits, which
 * name no program. A nonce seals one transmission only: a part cannot be made whole with a repetition.
 * Nothing secret waits in the queue while a program runs: the report of its end is asked for without its nonce.
 */
import { MARK_FORMAT } from './cut-marks.ts'
import { type Driver, NONCE_DIGITS, SEALED_BYTE } from './driver-text.ts'

/** A capital each, which stands in no other kind of call: with bytes missing no call becomes another. */
const CALLS = {
  /** T nonce, then index, bytes and the bytes themselves of a piece of a command, then T again. */
  piece: 'Q',
  /** T, the status that `$?` is to have, the number of pieces, the nonce of the run, T: it is whole and may run. */
  commit: 'Z',
  /** Runs what was committed, once, at the top level: in a function `declare` would be local. */
  run: 'H',
  /** Reports the end of the last command, once. */
  report: 'Y',
  leave: 'U',
  environment: 'V',
  drain: 'J',
  commandNames: 'K',
  fileNames: 'G',
} as const

export function call(driver: Driver, what: keyof typeof CALLS): string {
  return `${driver.prefix}${CALLS[what]}`
}

export const INDEX_DIGITS = 4
export const BYTES_DIGITS = 4
export const STATUS_DIGITS = 3

/** Names what no line of the agent may define, assign or unset, whichever session it is from. */
export const DRIVER_NAME = /^__[0-9]{16}_/

/** The definitions, a line each. `N`, `W`, … below stand for `$1`, `$2`, … of each call. */
export function definitions(driver: Driver): string[] {
  const { prefix: p, control, terminal, dialect } = driver
  const define = (name: string, body: string): string => `${name}() { ${body}; } 2>/dev/null`
  // Bytes, not characters: the locale is set for the function alone.
  const decode = (word: string): string =>
    `\\local LC_ALL=C;${
      dialect === 'bash'
        ? `\\printf -v ${p}x %b "${word}"`
        : `${p}x=$(\\printf '%b.' "${word}");${p}x=\${${p}x%.}`
    }`
  const has = (count: number, ...conditions: string[]): string =>
    [`"$#" = ${count}`, `"$1" = "$${count}"`, `"\${#1}" = ${NONCE_DIGITS}`, ...conditions]
      .map(condition => `\\[ ${condition} ]`)
      .join('&&')
  const digits = (at: number, width: number): string => `"\${#${at}}" = ${width}`
  const sealedLength = (at: number, bytes: number): string =>
    `"\${#${at}}" -eq "$((${SEALED_BYTE}*(1$${bytes}-10000)))"`
  const isWhole = (bytes: number): string => `\\[ "\${#${p}x}" -eq "$((1$${bytes}-10000))" ]`
  const input = dialect === 'bash' ? `\\exec <${control};\\set +o emacs +o vi;` : ''
  const over = dialect === 'bash' ? ` <>${terminal}` : ''
  // $(…) costs a process, so the directory is asked for only when it is another. While the name that was found
  // leads here, a path that starts here means what it means behind that name.
  const place =
    `\\[ "$${p}l" = "\${PWD-}" ]&&${p}h||` +
    // The dot keeps a newline at the end of the directory's name, which $(…) would drop. Alone it means that there is none.
    `{ ${p}l=\${PWD-};${p}y=$(\\pwd -P;\\printf .);${p}y=\${${p}y%??};${p}y=\${${p}y#.}; }`
  // One write(2), so that nobody else who writes to this terminal comes between. The directory stands before what the
  // command can have set: nothing there can end the report early and say another.
  const end =
    `\\printf '\\036E%s\\037%s\\037%s\\037%s\\037%s\\037%s\\037%s\\036'` +
    ` "$${p}b" "$${p}s" "$${p}y" "\${HOME-}" "\${PWD-}" "\${PS1-}" "$${p}b" >${control}`
  const answer = (script: string): string =>
    `( \\printf '\\036X%s\\037' "$1";{ ${script}; }|\\command -p od -An -v -tx1|\\command -p tr -d ' \\n';` +
    `\\printf '\\037%s\\036' "$1" ) >${control} </dev/null`
  const names = (script: string): string =>
    `if ${has(4, digits(2, BYTES_DIGITS), sealedLength(3, 2))};then ${decode('$3')};` +
    `if ${isWhole(2)};then ${answer(`${script}|\\command -p head -n ${NAMES_LIMIT}`)};fi;fi`

  return [
    `${['b', 'd', 'g', 'l', 'm', 's', 't', 'u', 'v', 'w', 'x', 'y'].map(name => `${p}${name}=`).join(';')};${p}k=0;${p}q=0`,
    define(
      call(driver, 'piece'),
      `if ${has(5, digits(2, INDEX_DIGITS), digits(3, BYTES_DIGITS), sealedLength(4, 3))};then ` +
        `case $2 in 0000) ${p}m=$1;${p}t=;${p}k=0;; esac;` +
        `if \\[ "$${p}m" = "$1" ]&&\\[ "$${p}k" -eq "$2" ];then ${decode('$4')};` +
        `if ${isWhole(3)};then ${p}t=$${p}t$${p}x;${p}k=$((${p}k+1));fi;fi;fi`,
    ),
    define(
      call(driver, 'commit'),
      `if ${has(5, digits(2, STATUS_DIGITS), digits(3, INDEX_DIGITS), digits(4, NONCE_DIGITS), `"$${p}m" = "$1"`, `"$${p}k" -eq "$3"`, `"$${p}b" != "$4"`)};` +
        `then ${p}q=$((1$2-1000));${p}g=$4;${p}m=;fi`,
    ),
    // A command runs once, however often it is committed, and is reported as begun before it does.
    define(
      `${p}c`,
      `\\[ -n "$${p}g" ]||return 1;${p}b=$${p}g;${p}g=;\\printf '\\036S%s\\037%s\\036' "$${p}b" "$${p}b" >${control}`,
    ),
    // Under `set -e` a failing command would end the driver; there `$?` is what it is.
    define(
      `${p}e`,
      `case $${p}w in x) ${p}w=;\\set -x;; esac;case $- in *e*) return 0;; *) return "$${p}q";; esac`,
    ),
    // True while the name found last leads here, and so do the names of all that lies above: a directory that is
    // mounted in two places is the same in both, and what `..` means there is not.
    define(
      `${p}h`,
      `${p}u=.;${p}v=$${p}y;while \\[ "\${${p}v:-/}" -ef "$${p}u" ];do ` +
        `case $${p}v in '') return 0;; esac;${p}v=\${${p}v%/*};${p}u=$${p}u/..;done;return 1`,
    ),
    // Between commands nothing is traced: `set -x` is for the agent's commands and not for ours.
    define(`${p}o`, `${p}s=$?;case $- in *x*) ${p}w=x;\\set +x;; esac;return "$${p}s"`),
    // Standard error of every shell is set back, because the group around it throws it away, and with it
    // what `set -x` would show of these lines.
    `\\alias ${call(driver, 'run')}='{ if ${p}c;then ${p}e;\\eval "$${p}t"${over} 2>${terminal};${p}o;fi; } 2>/dev/null;${call(driver, 'report')}'`,
    // bash reads its lines from descriptor 0: whatever a command did to its descriptors or its editing modes,
    // the next line comes from the control terminal and is read as it is written.
    define(
      call(driver, 'report'),
      `${p}s=$?;${input}\\[ "$${p}d" = "$${p}b" ]||` +
        // After a ^C, which drops the rest of the line that would have done it.
        `{ case $- in *x*) ${p}w=x;\\set +x;; esac;${place};` +
        // The mark first: a ^C between the two has both again, and never one without the other.
        `\\printf '${MARK_FORMAT}' "$${p}b" >${terminal};${end};${p}d=$${p}b;PS1=; }`,
    ),
    define(
      call(driver, 'leave'),
      `if \\[ "$#" = 1 ]&&\\[ "\${#1}" = ${STATUS_DIGITS} ];then \\exit "$((1$1-1000))";fi`,
    ),
    define(
      call(driver, 'environment'),
      `if ${has(2)};then ${answer(`\\command -p env -0;\\printf '\\0umask=%s' "$(\\umask)"`)};fi`,
    ),
    define(
      call(driver, 'drain'),
      `if ${has(2)};then ${answer(
        `${p}x=$(${STTY} -g <${terminal});${STTY} -icanon -echo min 0 time 0 <${terminal};\\command -p cat <${terminal};${STTY} "$${p}x" <${terminal}`,
      )};fi`,
    ),
    define(call(driver, 'commandNames'), names(commandNames(driver))),
    define(call(driver, 'fileNames'), names(fileNames(driver))),
    ...(dialect === 'bash'
      ? [
          `\\readonly -f ${[...Object.values(CALLS).filter(name => name !== CALLS.run), 'c', 'e', 'h', 'o'].map(name => `${p}${name}`).join(' ')}`,
        ]
      : []),
  ]
}

/** More names than anybody reads, few enough to fit into a report. */
const NAMES_LIMIT = 500
const STTY = '\\command -p stty'
const PRINT_FILE = `\\[ -d "$f" ]&&f=$f/;\\printf '%s\\n' "$f"`

/** Completion functions of the target are never asked. */
function commandNames({ dialect, prefix: p }: Driver): string {
  return dialect === 'bash'
    ? `\\builtin compgen -A command -- "$${p}x"|\\command -p sort -u`
    : `{ IFS=:;for d in $PATH;do for f in "$d"/"$${p}x"*;do \\[ -x "$f" ]&&\\printf '%s\\n' "\${f##*/}";done;done; }|\\command -p sort -u`
}

function fileNames({ dialect, prefix: p }: Driver): string {
  return dialect === 'bash'
    ? `\\builtin compgen -f -- "$${p}x"|while IFS= \\read -r f;do ${PRINT_FILE};done`
    : `for f in "$${p}x"*;do \\[ -e "$f" ]&&{ ${PRINT_FILE}; };done`
}
