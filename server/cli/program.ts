import { Command } from 'commander'
import { VARIABLES } from '../config/environment.ts'
import { escapeControls } from '../core/verdict.ts'
import { addCertificateCommands } from './certificate.ts'
import { plainComplaint, pointToHelp, usageOf } from './complaints.ts'
import { addDemoCommand } from './demo.ts'
import type { Desk } from './desk.ts'
import { addDoctorCommand } from './doctor/doctor.ts'
import { addGrantCommands } from './grant.ts'
import { addKeyCommands } from './key.ts'
import { addLoginCommand } from './login.ts'
import type { Act } from './options.ts'
import { addPolicyCommands } from './policy.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { addRequestCommands } from './request.ts'
import { addSessionCommands } from './session.ts'
import { addSignInCommand } from './sign-in.ts'
import type { Status } from './screen.ts'
import { VERSION } from './version.ts'
import { addTargetCommands } from './target.ts'
import { addUpCommand } from './up.ts'

/**
 * The whole command tree. It is built at every start, so nothing
 * here or in what it imports may be slow to load; a command's own needs come through the desk.
 */
export function buildProgram(desk: Desk & PolicyDesk, settle: (status: Status) => void): Command {
  const act: Act =
    run =>
    async (...args) =>
      settle(await run(...args))

  const program = new Command('sallyport')
    .description('an SSH bastion for AI agents: every command judged, written down, recorded')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'explain a command')
    .configureHelp({ commandUsage: usageOf })
    .configureOutput({
      writeOut: text => desk.screen.print(text.trimEnd()),
      writeErr: text => desk.screen.remark(text.trimEnd()),
      outputError: (text, write) => write(safe(text)),
      getOutHelpWidth: () => desk.screen.columns ?? 100,
      getErrHelpWidth: () => desk.screen.columns ?? 100,
    })
    .exitOverride()
    .addHelpText('after', () => environmentHelp())

  addUpCommand(program, desk, act)
  addDemoCommand(program, desk, act)
  addDoctorCommand(program, desk, act)
  addSignInCommand(program, desk, act)
  addTargetCommands(program, desk, act)
  addGrantCommands(program, desk, act)
  addRequestCommands(program, desk, act)
  addCertificateCommands(program, desk, act)
  addLoginCommand(program, desk, act)
  addKeyCommands(program, desk, act)
  addSessionCommands(program, desk, act)
  addPolicyCommands(program, desk, act)
  pointToHelp(program)
  return program
}

/** What somebody typed comes back in these sentences. */
function safe(text: string): string {
  const complaint = plainComplaint(text.trimEnd().replace(/^error: /, ''))
  return `sallyport: ${escapeControls(complaint)}\n`
}

function environmentHelp(): string {
  const width = Math.max(...Object.keys(VARIABLES).map(({ length }) => length))
  const lines = Object.entries(VARIABLES).map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)
  return `\nEnvironment:\n${lines.join('\n')}\n\nExit status: 0 yes, 1 no (denied, not found, failed), 2 misuse.`
}
