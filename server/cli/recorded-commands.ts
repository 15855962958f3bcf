import type { SessionSummary } from '../core/ports/archive.ts'
import type { RecordedCommand, RecordedCommands } from '../core/ports/replaying.ts'
import type { Books } from './desk.ts'
import { RecordedFunctions } from './recorded-functions.ts'

const PAGE = 500
/** No grant is longer, so no session that began before it still ran at the instant asked about. */
const LONGEST_SESSION_MS = 90 * 86_400_000

/** The commands of the past, read back from the archive one session at a time. */
export function recordedCommands({ archive, targets }: Books): RecordedCommands {
  return { between }

  async function* between({
    fromMs,
    toMs,
    policy,
  }: Parameters<RecordedCommands['between']>[0]): AsyncGenerator<RecordedCommand> {
    const known = new Map((await targets.list()).map(target => [target.name, target]))
    const sessions = await sessionsBetween(fromMs, toMs, policy)
    for (const session of sessions.toReversed()) {
      const target = known.get(session.target)
      // A target that was removed since is judged for the shell most have.
      const shell = target?.shell ?? 'bash'
      const functions = new RecordedFunctions(shell)
      for (const { seq, atMs, event } of await archive.events(session.id)) {
        const callable = functions.take(seq, event)
        if (event.kind !== 'command-decided' || atMs < fromMs || atMs >= toMs) continue
        // Lines for a running program were compared with its rule's patterns, not judged as commands.
        if (event.form === 'input-line') continue
        yield {
          session: session.id,
          seq,
          atMs,
          line: event.line,
          shell,
          login: session.login,
          target: { name: session.target, tags: target?.tags ?? [] },
          workingDirectory: event.workingDirectory,
          verdict: event.verdict,
          rule: event.rule,
          inShell: event.form === 'exec' ? null : { functions: callable },
        }
      }
    }
  }

  /** Newest first, as the archive gives them; only their summaries are held. */
  async function sessionsBetween(
    fromMs: number,
    toMs: number,
    policy: string | null,
  ): Promise<SessionSummary[]> {
    const found: SessionSummary[] = []
    let before: string | undefined
    for (;;) {
      const page = await archive.sessions({
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      })
      found.push(
        ...page.filter(
          session =>
            session.startedAtMs < toMs &&
            (session.endedAtMs === null || session.endedAtMs >= fromMs) &&
            (policy === null || session.policy === policy),
        ),
      )
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return found
      if (last.startedAtMs < fromMs - LONGEST_SESSION_MS) return found
      before = last.id
    }
  }
}
