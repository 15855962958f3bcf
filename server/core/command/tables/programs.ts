/** Every table of program facts; a name stands in one of them. */
import type { ProgramEntry } from '../program-facts.ts'
import { TEXT_PROGRAMS } from './text-programs.ts'

export const PROGRAM_TABLES: readonly Readonly<Record<string, ProgramEntry>>[] = [TEXT_PROGRAMS]
