/** Every table of program facts; a name stands in one of them. */
import { ARCHIVE_PROGRAMS } from './archive-programs.ts'
import { FILE_PROGRAMS } from './file-programs.ts'
import { NETWORK_PROGRAMS } from './network-programs.ts'
import type { ProgramEntry } from './program-entry.ts'
import { SEARCH_PROGRAMS } from './search-programs.ts'
import { SYSTEM_PROGRAMS } from './system-programs.ts'
import { TEXT_PROGRAMS } from './text-programs.ts'

export const PROGRAM_TABLES: readonly Readonly<Record<string, ProgramEntry>>[] = [
  TEXT_PROGRAMS,
  SEARCH_PROGRAMS,
  FILE_PROGRAMS,
  ARCHIVE_PROGRAMS,
  SYSTEM_PROGRAMS,
  NETWORK_PROGRAMS,
]
