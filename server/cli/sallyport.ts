#!/usr/bin/env node
import { CommanderError } from 'commander'
import { Misconfigured } from './desk.ts'
import { openDesk } from './open-desk.ts'
import { buildProgram } from './program.ts'
import { openScreen, type Status } from './screen.ts'
import { VERSION } from './version.ts'

// Where the command starts and every exception ends: a sentence on standard error, and a status.

const screen = openScreen(process, process.env)
const desk = openDesk(screen, process.env, process.cwd())

// A reader that has seen enough (`| head`) closes the pipe; that is its right and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? process.exitCode : 1)
})

process.exitCode = await run(process.argv)

async function run(argv: readonly string[]): Promise<Status> {
  let status: Status = 0
  const program = buildProgram(desk, VERSION, settled => {
    status = settled
  })
  try {
    await program.parseAsync([...argv])
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof Misconfigured) {
      for (const fault of error.faults) screen.misuse(fault)
      return 2
    }
    // The world failed (disk, database, network). What we know of it is its message.
    const lines = String(error instanceof Error ? error.message : error).split('\n')
    for (const line of lines) screen.no(line.trimEnd())
    if (process.env['SALLYPORT_TRACE'] && error instanceof Error) screen.remark(error.stack ?? '')
    return 1
  } finally {
    await desk.close()
  }
}
