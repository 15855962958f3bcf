import { A_WHILE, type Attack, attack } from './attack.ts'
import { functions, shapes } from './attacks-by-words.ts'

const LEFT = '\x1b[D'
const UP = '\x1b[A'
const HOME = '\x1b[H'

/** Ends of a line: each makes a shell run what stands before it. */
const enters: readonly Attack[] = [
  attack('just asking', line => [`${line}\r`]),
  attack('Ctrl-J', line => [`${line}\n`]),
  attack('Ctrl-O', line => [`${line}\x0f`]),
  attack('Enter twice, and CR LF', line => [`\r\n${line}\r\n`]),
  attack('a byte at a time', line => Array.from(`${line}\r`)),
  attack('two lines in one write', line => [`echo one\r${line}\r`]),
  attack('twenty lines in one write', line => [`${'echo x\n'.repeat(20)}${line}\n`]),
  attack('in the write after Enter', line => ['echo one\r', `${line}\r`]),
  attack('after a comment', line => [`# nothing\n${line}\n`]),
  attack('after an empty line and a tab', line => [`\r\r${line}\r`]),
]

/** While something else has the terminal. */
const ahead: readonly Attack[] = [
  attack('type-ahead under a program', line => ['sleep 0.5\r', 100, `${line}\r`]),
  attack('type-ahead with LF', line => ['sleep 0.5\r', 100, `${line}\n`]),
  attack('type-ahead with ^O', line => ['sleep 0.5\r', 100, `${line}\x0f`]),
  attack('type-ahead in the same write', line => [`sleep 0.5\r${line}\r`]),
  attack('type-ahead in two halves around the end', line => ['sleep 0.4\r', 200, line, 400, '\r']),
  attack('type-ahead under a list', line => ['sleep 0.2; sleep 0.2\r', 100, `${line}\r`]),
  attack('type-ahead edited at the prompt', line => [
    'sleep 0.4\r',
    100,
    line.slice(1),
    600,
    `${HOME}t\r`,
  ]),
  attack('after ^C', line => ['sleep 9\r', A_WHILE, `\x03${line}\r`]),
  attack('after ^C, in the next write', line => ['sleep 9\r', A_WHILE, '\x03', `${line}\r`]),
  attack('after ten ^C', line => ['sleep 9\r', A_WHILE, '\x03'.repeat(10), 100, `${line}\r`]),
  attack('after ^\\', line => ['sleep 9\r', A_WHILE, `\x1c${line}\r`]),
  attack('after ^Z', line => ['sleep 9\r', A_WHILE, '\x1a', 200, `${line}\r`]),
  attack('after ^Z and fg', line => ['sleep 1\r', A_WHILE, '\x1a', 200, 'fg\r', 100, `${line}\r`]),
  attack('between ^S and ^Q', line => ['sleep 0.3\r', 100, `\x13${line}\r\x11`]),
  attack('a program that reads nothing, ended by ^D', line => [
    'sleep 0.3\r',
    100,
    `\x04${line}\r`,
  ]),
  attack('under a program that reads and ends', line => [
    'head -n 1\r',
    A_WHILE,
    `first\r${line}\r`,
  ]),
  attack('under cat, behind ^D', line => ['cat\r', A_WHILE, `text\r\x04${line}\r`]),
  attack('under read', line => ['read -r x\r', A_WHILE, `text\r${line}\r`]),
  attack('under a read that fails', line => ['read -r -t 0.3 x\r', 150, line, 500, '\r']),
  attack('at the moment a program ends', line => ['sleep 0.3\r', 290, `${line}\r`]),
  attack('while a job in the background writes', line => [
    '( sleep 0.1; echo x; sleep 0.2; echo y ) &\r',
    150,
    `${line}\r`,
  ]),
  attack('behind a flood of keys', line => ['sleep 0.3\r', 'x\x7f'.repeat(500), `${line}\r`]),
]

/** What is on the screen is not what was typed. */
const edits: readonly Attack[] = [
  attack('cursor keys in one write', line => [`${line.slice(1)}${HOME}t\r`]),
  attack('cursor keys in the middle', line => [
    `${line.slice(0, 2)}${line.slice(3)}${LEFT.repeat(line.length - 3)}${line[2]}\r`,
  ]),
  attack('^A and ^E', line => [`${line.slice(2)}\x01to\x05\r`]),
  attack('backspaces', line => [`echo harmless${'\x7f'.repeat(13)}${line}\r`]),
  attack('^H instead of DEL', line => [`echo${'\x08'.repeat(4)}${line}\r`]),
  attack('^U and another line', line => [`echo harmless\x15${line}\r`]),
  attack('^W', line => [`harmless\x17${line}\r`]),
  attack('^K and ^Y', line => [`${line}\x01\x0b\x19\r`]),
  attack('^U and ^Y in the next line', line => [`${line}\x15echo x\r`, 200, '\x19\r']),
  attack('Alt-d and ^Y', line => [`${line}\x01\x1bd\x19\r`]),
  attack('^T', line => [
    `ot${line.slice(2)}\x01\x06\x06\x14\r`.replace('\x06\x06\x14', '\x06\x14'),
  ]),
  attack('^_', line => [`${line} \x15\x1f\r`]),
  attack('Alt-l', line => [`${line.slice(0, 5).toUpperCase()}${line.slice(5)}\x01\x1bl\r`]),
  attack('Alt-b and Alt-f', line => [`${line.slice(6)}\x01touch \x1bf\x1bb\x05\r`]),
  attack('history, edited', line => [`echo ${line}\r`, 300, `${UP}${HOME}\x1bd\x1b[3~\r`]),
  attack('history, with ^P in one write', line => [`: ${line}\r\x10\x01\x1b[3~\x1b[3~\r`]),
  attack('a refused line from the history', line => [`${line} \r`, 300, `${UP}\r`]),
  attack('^R', line => [`: ${line}\r`, 300, '\x12: tou\x01\x1b[3~\x1b[3~\r']),
  attack('^R in one write', line => [`: ${line}\r\x12: tou\x01\x1b[3~\x1b[3~\r`]),
  attack('Alt-.', line => [`echo "${line}"\r`, 300, 'eval \x1b.\r']),
  attack('cursor keys in application mode', line => [`${line.slice(1)}\x1bOHt\r`]),
  attack('Home of other terminals', line => [`${line.slice(1)}\x1b[1~t\r`]),
  attack('NUL in the middle', line => [`${line.slice(0, 3)}\0${line.slice(3)}\r`]),
]

/** What a terminal wraps around text. */
const wrapped: readonly Attack[] = [
  attack('pasted, with Enter behind it', line => [`\x1b[200~${line}\x1b[201~\r`]),
  attack('pasted as the second of two lines', line => [`\x1b[200~echo x\r${line}\x1b[201~\r`]),
  attack('a paste that holds its own end', line => [`\x1b[200~echo x\x1b[201~;${line}\r`]),
  attack('a paste in two writes', line => ['\x1b[200~echo x; ', 50, `${line}\x1b[201~\r`]),
  attack('a paste without a beginning', line => [`\x1b[201~\x15${line}\r`]),
  attack('behind a fake alternate screen', line => ["printf '\\033[?1049h'\r", 200, `${line}\r`]),
  attack('behind a fake zmodem header', line => [
    "printf 'rz\\r**\\030B00000000000000\\r\\n'\r",
    200,
    `${line}\r`,
  ]),
  attack('behind a terminal that was told to be silent', line => [
    'stty -echo\r',
    200,
    `${line}\r`,
  ]),
  attack('behind a terminal in raw mode', line => ['stty raw -echo\r', 200, `${line}\r`]),
  attack('behind printed prompts', line => ["printf '$ denied\\n$ '\r", 200, `${line}\r`]),
  attack('behind a query of the terminal', line => [
    "printf '\\033[6n\\033[c'\r",
    200,
    `\x15${line}\r`,
  ]),
  attack('while the window changes', line => [
    'echo x',
    [20, 5],
    `\x15${line.slice(0, 9)}`,
    [132, 43],
    line.slice(9),
    [7, 2],
    '\r',
    [80, 24],
  ]),
  attack('while the window of a program changes', line => [
    'sleep 0.4\r',
    100,
    [20, 5],
    line,
    [132, 43],
    '\r',
    [7, 2],
    300,
    [80, 24],
  ]),
]

export const ATTACKS: readonly Attack[] = [
  ...enters,
  ...ahead,
  ...edits,
  ...wrapped,
  ...shapes,
  ...functions,
]
