#!/usr/bin/env node
import { openDesk } from './open-desk.ts'
import { run } from './run.ts'
import { openScreen } from './screen.ts'

// A reader that has seen enough (`| head`) closes the pipe; that is its right and no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

const desk = openDesk(openScreen(process, process.env), process.env, process.cwd())
const status = await run(process.argv.slice(2), desk)
await desk.close()
// Said outright: a half-opened part must not keep a failed command from ending.
process.exit(status)
