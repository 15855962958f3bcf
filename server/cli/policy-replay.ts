import { startJudge } from '../workers/judge.ts'
import { formatMoment, isoMoment, parseDuration } from '../core/duration.ts'
import type { Judgement } from '../core/policy/judgement.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Judge } from '../core/ports/deciding.ts'
import type { RecordedCommand } from '../core/ports/replaying.ts'
import { escapeControls } from '../core/verdict.ts'
import type { JsonOption } from './options.ts'
import type { PolicyDesk } from './policy-desk.ts'
import { usablePolicy } from './policy-source.ts'
import type { Status } from './screen.ts'

export interface ReplayOptions extends JsonOption {
  readonly from: string
  readonly to?: string
  readonly all?: true
}

/** What is shown at most: a policy that changes more than this wants another look, not a longer list. */
const SHOWN = 10_000

interface Change {
  readonly command: RecordedCommand
  readonly now: Judgement
}

/**
 * Judges recorded commands again and shows those that would now be decided otherwise; that somebody looked
 * is written down first.
 */
export async function replayPolicy(
  desk: PolicyDesk,
  which: string,
  options: ReplayOptions,
): Promise<Status> {
  const { screen } = desk
  const fromMs = instantOf(options.from, desk.nowMs())
  const toMs = options.to === undefined ? desk.nowMs() : instantOf(options.to, desk.nowMs())
  if (fromMs === null || toMs === null) {
    const wrong = fromMs === null ? options.from : options.to
    return screen.misuse(`"${wrong}" is no time; write 2026-11-20, 2026-11-20T12:00:00Z or 7d`)
  }
  const policy = await usablePolicy(desk, which)
  if (!policy.ok) {
    for (const fault of policy.fault.split('\n')) screen.no(fault)
    return 1
  }
  const recorded = await desk.recordedCommands()
  const span = { fromMs, toMs, policy: options.all ? null : policy.value.name }
  const judge = startJudge({ threads: 1 })
  const changes: Change[] = []
  let seen = 0
  let changed = 0
  try {
    for await (const command of recorded.between(span)) {
      seen += 1
      const now = await judgeAgain(command, policy.value, judge)
      if (now === null || now.verdict === command.verdict) continue
      changed += 1
      if (changes.length < SHOWN) changes.push({ command, now })
    }
  } finally {
    await judge.close()
  }
  const journal = await desk.journal()
  await journal.record({
    kind: 'commands-replayed',
    policy: policy.value.name,
    recordedUnder: span.policy,
    from: isoMoment(fromMs),
    to: isoMoment(toMs),
    shown: changes.length,
    user: desk.by,
  })
  if (options.json) screen.printJson(changes.map(changeJson))
  else for (const change of changes) screen.print(changeText(change))
  const more = changed > changes.length ? ` (the first ${changes.length} are shown)` : ''
  screen.remark(`${seen} commands judged again, ${changed} would be decided otherwise${more}`)
  return changed === 0 ? 0 : 1
}

/** Null where the line was no text: nothing but unreadable could come of it, then as now. */
async function judgeAgain(
  command: RecordedCommand,
  policy: Policy,
  judge: Judge,
): Promise<Judgement | null> {
  if (!('text' in command.line)) return null
  const { shell, login, target, workingDirectory, atMs, inShell } = command
  return judge.judge(new TextEncoder().encode(command.line.text), {
    policy,
    shell,
    login,
    target,
    // A command that was sent by itself began in the login's home (sshd(8)).
    workingDirectory: workingDirectory ?? '~',
    homeDirectory: null,
    nowMs: atMs,
    ...(inShell === null ? {} : { forDriver: true, functions: inShell.functions }),
  })
}

/** A date, an instant, or a duration that counts back from now. */
function instantOf(text: string, nowMs: number): number | null {
  const ago = parseDuration(text)
  if (ago === null && !/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text)) return null
  // Also before the first day that a date can name.
  const ms = new Date(ago === null ? text : nowMs - ago).getTime()
  return Number.isNaN(ms) ? null : ms
}

function changeJson({ command, now }: Change): object {
  const { session, seq, atMs, line, login, target, verdict, rule } = command
  return {
    event: `${session}:${seq}`,
    at: isoMoment(atMs),
    target: target.name,
    login,
    line,
    was: { verdict, rule },
    now: { verdict: now.verdict, rule: now.rule, reasons: now.reasons },
  }
}

function changeText({ command, now }: Change): string {
  const { session, seq, atMs, line, verdict, rule } = command
  const text = 'text' in line ? line.text : ''
  return [
    `${formatMoment(atMs)}  ${session}:${seq}  ${verdict} (${escapeControls(rule)}) → ${now.verdict} (${escapeControls(now.rule)})`,
    `  ${escapeControls(text)}`,
    ...now.reasons.map(reason => `  because ${escapeControls(reason.text)}`),
  ].join('\n')
}
