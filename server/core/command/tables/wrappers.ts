/**
 * Programs and builtins that run the command named in their arguments. Each entry has the option grammar
 * by which the place of that command is found; an option that is not there makes the line opaque, because
 * a wrong guess about its value would shift the command by one word.
 */
import { IDENTITY_WRAPPERS } from './identity-wrappers.ts'
import { PROCESS_WRAPPERS } from './process-wrappers.ts'
import type { WrapperEntry } from './wrapper-entry.ts'

export const WRAPPERS: Readonly<Record<string, WrapperEntry>> = {
  ...PROCESS_WRAPPERS,
  ...IDENTITY_WRAPPERS,
}
