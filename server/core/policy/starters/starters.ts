import { INVESTIGATOR } from './investigator.ts'

/** The policies that are found by name without a file. */
export const STARTERS: ReadonlyMap<string, string> = new Map([['investigator', INVESTIGATOR]])
