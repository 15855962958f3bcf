import { type Command, Option } from 'commander'
import { formatDistance, formatDuration } from '../core/duration.ts'
import type { SessionFilter } from '../core/ports/archive.ts'
import type { Desk } from './desk.ts'
import { type Act, type JsonOption, name, wholeNumber, words } from './options.ts'
import type { Status } from './screen.ts'
import { type ExportOptions, exportSession } from './session-export.ts'
import { showSession } from './session-show.ts'
import { sessionJson } from './session-words.ts'
import { terminateSession } from './session-terminate.ts'
import { formatTable } from './table.ts'

/** A screenful and a bit; `--limit` and `--before` reach further. */
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

interface ListOptions extends JsonOption {
  readonly agent?: string
  readonly task?: string
  readonly target?: string
  readonly grant?: string
  readonly live?: true
  readonly denied?: true
  readonly before?: string
  readonly limit: number
}

export function addSessionCommands(program: Command, desk: Desk, act: Act): void {
  const session = program.command('session').description('what agents did')

  session
    .command('list')
    .description('sessions, newest first')
    .option('--agent <name>', 'only of this agent', name)
    .option('--task <task>', 'only of this task')
    .option('--target <name>', 'only on this machine', name)
    .option('--grant <id>', 'only under this grant')
    .option('--live', 'only those that go on now')
    .option('--denied', 'only those in which something was denied')
    .option('--before <id>', 'continue after this session')
    .option('--limit <n>', 'at most so many', wholeNumber(1, MAX_LIMIT), DEFAULT_LIMIT)
    .option('--json', 'print a JSON array')
    .action(act((options: ListOptions) => listSessions(desk, options)))

  session
    .command('show')
    .description('one session: who, where, under which grant, every decision and how it ended')
    .argument('<id>')
    .option('--json', 'print a JSON object')
    .action(act((id: string, options: JsonOption) => showSession(desk, id, options)))

  session
    .command('terminate')
    .description('end a live session now; its grant stays good')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; the agent reads it', words(500))
    .option('--json', 'print a JSON object')
    .action(
      act((id: string, options: JsonOption & { reason: string }) =>
        terminateSession(desk, id, options),
      ),
    )

  session
    .command('export')
    .description('the recording, or everything, as a file')
    .argument('<id>')
    .addOption(
      new Option(
        '--format <format>',
        'cast: asciicast v2 for any player; text: to read; json: all facts',
      )
        .choices(['cast', 'text', 'json'])
        .default('cast'),
    )
    .option('--channel <n>', 'which channel, where a session has several', wholeNumber(0, 100_000))
    .option('--out <file>', 'write there instead of to standard output; never overwrites')
    .addHelpText(
      'after',
      `
Examples:
  sallyport session export ID --out session.cast && asciinema play session.cast
  sallyport session export ID --format text | less
`,
    )
    .action(act((id: string, options: ExportOptions) => exportSession(desk, id, options)))
}

async function listSessions(desk: Desk, options: ListOptions): Promise<Status> {
  const { screen } = desk
  const { archive } = await desk.books()
  const { json, ...wanted } = options
  const filter: SessionFilter = wanted
  const sessions = await archive.sessions(filter)
  const now = desk.nowMs()
  if (json) {
    screen.printJson(sessions.map(sessionJson))
    return 0
  }
  if (sessions.length === 0) {
    const { limit: _, ...narrowing } = wanted
    const isNarrowed = Object.keys(narrowing).length > 0
    screen.remark(isNarrowed ? 'No session is like that.' : 'No session yet.')
    return 0
  }
  const table = formatTable(
    sessions,
    [
      { title: 'ID', cell: ({ id }) => id },
      { title: 'AGENT', cell: ({ agent }) => agent, narrow: 'cut' },
      { title: 'WHERE', cell: ({ login, target }) => `${login}+${target}`, narrow: 'cut' },
      { title: 'STARTED', cell: ({ startedAtMs }) => formatDistance(startedAtMs, now) },
      {
        title: 'LASTED',
        cell: ({ startedAtMs, endedAtMs }) =>
          endedAtMs === null ? 'live' : formatDuration(endedAtMs - startedAtMs),
        paint: ({ endedAtMs }, paint) => (endedAtMs === null ? paint.good : same),
      },
      { title: 'RAN', cell: ({ allowed }) => String(allowed), align: 'right' },
      {
        title: 'DENIED',
        cell: ({ denied }) => String(denied),
        align: 'right',
        paint: ({ denied }, paint) => (denied > 0 ? paint.bad : same),
      },
      { title: 'TASK', cell: ({ task }) => task, narrow: 'drop' },
      { title: 'END', cell: ({ endReason }) => endReason ?? '', narrow: 'drop' },
    ],
    { width: screen.columns, paint: screen.paint },
  )
  screen.print(table)
  const last = sessions.at(-1)
  if (sessions.length === options.limit && last !== undefined) {
    screen.remark(`More: sallyport session list --before ${last.id}`)
  }
  return 0
}

const same = (text: string): string => text
