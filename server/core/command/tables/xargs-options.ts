import { readOptionLine } from '../option-grammar.ts'

/** xargs(1), findutils 4.9. */
export const XARGS_OPTIONS = [
  '-0 --null',
  '-a --arg-file =path',
  '-d --delimiter =data',
  '-E =data',
  '-e --eof [=data]',
  '-I =data',
  '-i --replace [=data]',
  '-L =data',
  '-l --max-lines [=data]',
  '-n --max-args =data',
  '-o --open-tty',
  '-P --max-procs =data',
  '-p --interactive',
  '--process-slot-var =data',
  '-r --no-run-if-empty',
  '-s --max-chars =data',
  '-t --verbose',
  '-x --exit',
].map(readOptionLine)
