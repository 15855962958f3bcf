import { DATABASE_READER } from './database-reader.ts'
import { DEPLOYER } from './deployer.ts'
import { INVESTIGATOR } from './investigator.ts'
import { UNFILTERED } from './unfiltered.ts'
import { WEB_OPERATOR } from './web-operator.ts'

/**
 * The policies that are found by name without a file, and that `policy init` copies. As text in modules,
 * so that what is compiled has them beside it.
 */
export const STARTERS: ReadonlyMap<string, string> = new Map([
  ['investigator', INVESTIGATOR],
  ['web-operator', WEB_OPERATOR],
  ['deployer', DEPLOYER],
  ['database-reader', DATABASE_READER],
  ['unfiltered', UNFILTERED],
])
