import type { Command } from 'commander'
import { GRANT_MOST_MS } from '../core/access.ts'
import { formatDistance, formatMoment } from '../core/duration.ts'
import type { Desk } from './desk.ts'
import { findGrant } from './find.ts'
import { createGrant } from './grant-create.ts'

import { type CreateOptions, grantJson, stateOf } from './grant-words.ts'
import { revokeGrant } from './grant-revoke.ts'
import {
  type Act,
  durationUpTo,
  type JsonOption,
  login,
  name,
  wholeNumber,
  words,
} from './options.ts'
import type { Status } from './screen.ts'
import { formatFields, formatTable } from './table.ts'

interface ListOptions extends JsonOption {
  readonly agent?: string
  readonly target?: string
  readonly all?: true
}

export function addGrantCommands(program: Command, desk: Desk, act: Act): void {
  const grant = program
    .command('grant')
    .description('who may log in where, for which task, under which policy, until when')

  grant
    .command('create')
    .description("let an agent in; prints the grant's id alone")
    .option('--request <id>', 'answer what an agent asked for; other options narrow it')
    .option('--agent <name>', 'the agent, as its certificate names it', name)
    .option('--task <task>', 'what it is for: a ticket, a pipeline, a sentence', words(200))
    .option('--target <name>', 'the machine', name)
    .option('--login <user>', 'the login on the machine', login)
    .option('--policy <name>', 'what it may do there (sallyport policy check NAME)')
    .option('--for <duration>', 'how long: 15m, 8h, 2d', durationUpTo(GRANT_MOST_MS))
    .option('--reason <text>', 'why, for whoever reads this later', words(500))
    .option('--on-behalf-of <who>', 'who asked the agent to act', words(200))
    .option(
      '--max-sessions <n>',
      'at most so many at once (default: no limit)',
      wholeNumber(1, 10_000),
    )
    .option('--json', 'print the grant as JSON')
    .addHelpText(
      'after',
      `
Example:
  sallyport grant create --agent web-fixer --task OPS-421 --target web1 --login deploy \\
    --policy investigator --for 2h --reason 'find out why logins are slow'
  sallyport grant create --request ID --policy investigator    (ids: sallyport request list)
`,
    )
    .action(act((options: CreateOptions) => createGrant(desk, options)))

  grant
    .command('list')
    .description('grants that are good now')
    .option('--agent <name>', 'only of this agent', name)
    .option('--target <name>', 'only for this machine', name)
    .option('--all', 'expired and revoked ones, too')
    .option('--json', 'print a JSON array')
    .action(act((options: ListOptions) => listGrants(desk, options)))

  grant
    .command('show')
    .description('one grant and what became of it')
    .argument('<id>')
    .option('--json', 'print a JSON object')
    .action(act((id: string, options: JsonOption) => showGrant(desk, id, options)))

  grant
    .command('revoke')
    .description('end a grant now, and every live session under it')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; the agent reads it', words(500))
    .option('--json', 'print a JSON object')
    .action(
      act((id: string, options: JsonOption & { reason: string }) => revokeGrant(desk, id, options)),
    )
}

async function listGrants(desk: Desk, options: ListOptions): Promise<Status> {
  const { screen } = desk
  const { grants } = await desk.books()
  const { agent, target, all } = options
  const found = await grants.list({
    ...(agent === undefined ? {} : { agent }),
    ...(target === undefined ? {} : { target }),
    all: all === true,
  })
  if (options.json) {
    screen.printJson(found.map(grant => grantJson(grant, desk.nowMs())))
    return 0
  }
  if (found.length === 0) {
    screen.remark(all ? 'No grant.' : 'No grant is good now. Past ones: sallyport grant list --all')
    return 0
  }
  const now = desk.nowMs()
  const table = formatTable(
    found,
    [
      { title: 'ID', cell: ({ id }) => id },
      { title: 'AGENT', cell: grant => grant.agent, narrow: 'cut' },
      { title: 'WHERE', cell: grant => `${grant.login}+${grant.target}`, narrow: 'cut' },
      { title: 'POLICY', cell: ({ policy }) => policy, narrow: 'cut' },
      {
        title: 'STATE',
        cell: grant => stateOf(grant, now),
        paint: (grant, paint) => (stateOf(grant, now) === 'good' ? paint.good : paint.bad),
      },
      { title: 'ENDS', cell: ({ expiresAtMs }) => formatDistance(expiresAtMs, now) },
      { title: 'LIVE', cell: ({ liveSessions }) => String(liveSessions), align: 'right' },
      { title: 'TASK', cell: ({ task }) => task, narrow: 'drop' },
    ],
    { width: screen.columns, paint: screen.paint },
  )
  screen.print(table)
  return 0
}

async function showGrant(desk: Desk, id: string, { json }: JsonOption): Promise<Status> {
  const { screen } = desk
  const found = await findGrant(desk, id)
  if (!found.ok) return screen.no(found.fault)
  const grant = found.value
  const now = desk.nowMs()
  if (json) {
    screen.printJson(grantJson(grant, now))
    return 0
  }
  const { revoked } = grant
  screen.print(
    formatFields(
      [
        ['id', grant.id],
        ['state', stateOf(grant, now)],
        ['agent', grant.agent],
        ['task', grant.task],
        ['where', `${grant.login}+${grant.target}`],
        ['policy', grant.policy],
        ['on behalf of', grant.onBehalfOf ?? '-'],
        ['reason', grant.reason],
        ['from', formatMoment(grant.startsAtMs)],
        ['until', `${formatMoment(grant.expiresAtMs)} (${formatDistance(grant.expiresAtMs, now)})`],
        [
          'at most',
          grant.maxSessions === null ? 'any number of sessions' : `${grant.maxSessions} at once`,
        ],
        ['live sessions', String(grant.liveSessions)],
        ['created', `${formatMoment(grant.createdAtMs)} by ${grant.createdBy}`],
        ['approved by', grant.approvedBy ?? '-'],
        [
          'revoked',
          revoked === null
            ? '-'
            : `${formatMoment(revoked.atMs)} by ${revoked.by}: ${revoked.reason}`,
        ],
      ],
      screen.paint,
    ),
  )
  return 0
}
