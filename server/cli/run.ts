import { CommanderError } from 'commander'
import { escapeControls } from '../core/verdict.ts'
import { explainFailure } from './failures.ts'
import { Misconfigured } from './desk.ts'
import type { OpenDesk } from './open-desk.ts'
import { buildProgram } from './program.ts'
import type { Status } from './screen.ts'

/** One command from its words to its exit status. Here every exception ends, as a sentence on standard error. */
export async function run(parameters: readonly string[], desk: OpenDesk): Promise<Status> {
  const { screen } = desk
  let status: Status = 0
  const program = buildProgram(desk, settled => {
    status = settled
  })
  try {
    await program.parseAsync([...parameters], { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof Misconfigured) {
      for (const fault of error.faults) screen.misuse(fault)
      return 2
    }
    // The world failed (disk, database, network). What we know of it is its message; commands that
    // mend it stand on lines of their own, to be copied.
    const [first = '', ...rest] = explainFailure(error).split('\n')
    screen.no(first)
    for (const line of rest) screen.remark(escapeControls(line))
    if (process.env['SALLYPORT_TRACE'] && error instanceof Error) screen.remark(error.stack ?? '')
    return 1
  }
}
