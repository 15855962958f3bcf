import { existsSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { ClientChannel, Terminal } from '../core/ports/channels.ts'
import type { Exit } from '../core/audit/events.ts'
import { type Program, startProgram } from './programs.ts'

/** What came over one channel: the shape of a session's request, as far as a target needs it. */
export interface Request {
  readonly program:
    | { readonly is: 'exec'; readonly command: Uint8Array }
    | { readonly is: 'shell' }
    | { readonly is: 'subsystem'; readonly name: Uint8Array }
  readonly terminal: Terminal | null
  readonly environment: ReadonlyMap<string, Uint8Array>
  readonly client: ClientChannel
  onSignal(listener: (name: string) => void): void
  onResize(listener: (terminal: Terminal) => void): void
}

/** Programs that may run at once: ten sessions with all their channels. */
const MOST_PROGRAMS = 100
/** POSIX: the command was not found; sshd answers the same when it cannot start one. */
const NOT_STARTED = 127

/** Where distributions put OpenSSH's sftp server. */
const SFTP_SERVERS = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/libexec/sftp-server',
  '/usr/lib/ssh/sftp-server',
]

/** Runs programs for whoever got in, as sshd would. */
export function programServer(home: string, login: string): (request: Request) => Promise<void> {
  let running = 0
  return async request => {
    const { client, terminal } = request
    if (running >= MOST_PROGRAMS) return refuse(client, `${MOST_PROGRAMS} programs are running`)
    const command = commandOf(request)
    if (!command.ok) return refuse(client, command.fault)
    running += 1
    try {
      const locale = localeOf(request.environment)
      const program = startProgram({ command: command.line, terminal, home, login, locale })
      request.onSignal(name => program.signal(name))
      request.onResize(({ columns, rows }) => program.resize(columns, rows))
      await client.finish(await relay(program, client))
    } catch (error) {
      // A machine that cannot start a program (no shell, no memory) says so and goes on.
      await refuse(client, String(error))
    } finally {
      running -= 1
    }
  }
}

async function relay(program: Program, client: ClientChannel): Promise<Exit> {
  void client.gone.then(() => program.end())
  // Either side may hang up in the middle; the end of the program is what counts, not the pipe's fate.
  const settled = (piping: Promise<unknown>): Promise<unknown> => piping.catch(() => {})
  void settled(pipeline(client.stdin, program.stdin))
  const outputs = [
    settled(pipeline(program.stdout, client.stdout, { end: false })),
    program.stderr === null
      ? Promise.resolve()
      : settled(pipeline(program.stderr, client.stderr, { end: false })),
  ]
  const exit = await program.ended
  await Promise.all(outputs)
  return exit
}

type Command = { ok: true; line: string | null } | { ok: false; fault: string }

function commandOf({ program }: Request): Command {
  switch (program.is) {
    case 'shell':
      return { ok: true, line: null }
    case 'exec':
      return utf8(program.command)
    case 'subsystem': {
      const server = SFTP_SERVERS.find(path => existsSync(path))
      if (Buffer.from(program.name).toString() !== 'sftp' || server === undefined) {
        return { ok: false, fault: 'there is no such subsystem here' }
      }
      return { ok: true, line: `exec ${server}` }
    }
  }
}

/** Node passes arguments as text, so that other bytes would arrive damaged. */
function utf8(command: Uint8Array): Command {
  try {
    return { ok: true, line: new TextDecoder('utf-8', { fatal: true }).decode(command) }
  } catch {
    return { ok: false, fault: 'only command lines in UTF-8 are run here' } // an answer, no failure
  }
}

function localeOf(environment: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const locale = [...environment].filter(([name]) => name === 'LANG' || /^LC_[A-Z_]+$/.test(name))
  return Object.fromEntries(locale.map(([name, value]) => [name, Buffer.from(value).toString()]))
}

async function refuse(client: ClientChannel, why: string): Promise<void> {
  if (client.stderr.writable) client.stderr.write(`demo: ${why}\n`)
  await client.finish({ status: NOT_STARTED })
}
