/** Programs that read text and print text. */
import type { ProgramEntry } from '../program-facts.ts'

export const TEXT_PROGRAMS: Readonly<Record<string, ProgramEntry>> = {
  cat: {
    source: 'cat(1), coreutils 9.1',
    operands: 'path',
    options: [
      '-A --show-all',
      '-b --number-nonblank',
      '-e',
      '-E --show-ends',
      '-n --number',
      '-s --squeeze-blank',
      '-t',
      '-T --show-tabs',
      '-u',
      '-v --show-nonprinting',
    ],
  },
}
