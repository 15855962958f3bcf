import type { Command } from 'commander'
import {
  requestJson,
  type RequestState,
  type RequestStatus,
  stateOfRequest,
} from '../core/access-request.ts'
import { formatDistance, formatDuration } from '../core/duration.ts'
import type { Desk } from './desk.ts'
import { findRequest } from './find.ts'
import { type Act, type JsonOption, name, words } from './options.ts'
import { answeredAlready } from './request-words.ts'
import type { Paint, Status } from './screen.ts'
import { formatTable } from './table.ts'

interface ListOptions extends JsonOption {
  readonly agent?: string
  readonly all?: true
}

export function addRequestCommands(program: Command, desk: Desk, act: Act): void {
  const request = program
    .command('request')
    .description('what agents ask for at the counter (ssh sallyport@bastion request …)')

  request
    .command('list')
    .description('requests that wait for an answer, oldest first')
    .option('--agent <name>', 'only of this agent', name)
    .option('--all', 'answered and lapsed ones, too')
    .option('--json', 'print a JSON array')
    .addHelpText(
      'after',
      `
Answer with one of:
  sallyport grant create --request ID --policy investigator
  sallyport request deny ID --reason 'not during the freeze'
`,
    )
    .action(act((options: ListOptions) => listRequests(desk, options)))

  request
    .command('deny')
    .description('say no to a request')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; the agent reads it', words(500))
    .option('--json', 'print the request as JSON')
    .action(
      act((id: string, options: JsonOption & { reason: string }) => denyRequest(desk, id, options)),
    )
}

async function listRequests(desk: Desk, { agent, all, json }: ListOptions): Promise<Status> {
  const { screen } = desk
  const { requests } = await desk.books()
  const filter = { ...(agent === undefined ? {} : { agent }), all: all === true }
  const found = await requests.list(filter)
  const now = desk.nowMs()
  if (json) {
    screen.printJson(found.map(request => requestJson(request, now)))
    return 0
  }
  if (found.length === 0) {
    screen.remark(all ? 'No request.' : 'No request waits. Past ones: sallyport request list --all')
    return 0
  }
  const table = formatTable(
    found,
    [
      { title: 'ID', cell: ({ id }) => id },
      { title: 'AGENT', cell: request => request.agent, narrow: 'cut' },
      { title: 'WHERE', cell: whereText, narrow: 'cut' },
      { title: 'POLICY', cell: ({ policy }) => policy ?? '-', narrow: 'cut' },
      { title: 'FOR', cell: ({ forMs }) => formatDuration(forMs) },
      {
        title: 'STATE',
        cell: request => stateOfRequest(request, now),
        paint: (request, paint) => PAINTS[stateOfRequest(request, now)](paint),
      },
      { title: 'ASKED', cell: ({ madeAtMs }) => formatDistance(madeAtMs, now) },
      { title: 'TASK', cell: ({ task }) => task, narrow: 'drop' },
      { title: 'REASON', cell: ({ reason }) => reason, narrow: 'cut' },
    ],
    { width: screen.columns, paint: screen.paint },
  )
  screen.print(table)
  return 0
}

async function denyRequest(
  desk: Desk,
  id: string,
  { json, reason }: JsonOption & { reason: string },
): Promise<Status> {
  const { screen } = desk
  const found = await findRequest(desk, id)
  if (!found.ok) return screen.no(found.fault)
  const { requests } = await desk.books()
  const denied = await requests.deny(id, reason, desk.by)
  if (!denied.ok) {
    const { fault } = denied
    return screen.no(fault === 'not-found' ? `there is no request ${id}` : answeredAlready(id))
  }
  const now = await requests.find(id)
  if (json && now !== null) screen.printJson(requestJson(now, desk.nowMs()))
  else screen.print(`request ${id} of ${found.value.agent} denied`)
  return 0
}

function whereText({ login, target }: RequestStatus): string {
  return login === null ? target : `${login}+${target}`
}

const PAINTS: Record<RequestState, (paint: Paint) => (text: string) => string> = {
  waiting: paint => paint.bold,
  granted: paint => paint.good,
  denied: paint => paint.bad,
  lapsed: paint => paint.dim,
}
