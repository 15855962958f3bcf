import type { Judgement } from '../../core/policy/judgement.ts'
import type { Terminal } from '../../core/ports/channels.ts'
import { lossLine } from '../../core/shell/loss.ts'
import { REFUSED, refusalLine, type Refusal } from '../../core/verdict.ts'
import { attend } from '../attend.ts'
import { sayEnding, sayLine, turnAway } from '../say.ts'
import { type DecidedLine, writeForwarded } from '../write-decision.ts'
import type { Setting } from './setting.ts'
import { LOST, shellEnd } from './program-end.ts'

/** The login's own shell, as a login shell. Every login shell reads these words alike. */
const OWN_SHELL = 'exec "$SHELL" -l'

/**
 * A shell under an unfiltered policy: the target's own, recorded and not judged, and labelled so. Nothing
 * comes here by failure: a policy says it, and the session's first event does.
 */
export async function runUnfiltered(setting: Setting, terminal: Terminal): Promise<void> {
  const { session, channel, request, channels, tape, environment, around } = setting
  const { record } = session
  const decided: DecidedLine = {
    channel,
    form: 'interactive',
    terminal: true,
    line: new Uint8Array(),
    forced: null,
    workingDirectory: null,
  }
  const toRun = new TextEncoder().encode(OWN_SHELL)
  const written = await writeForwarded({ record, around }, decided, NOT_JUDGED, toRun)
  if (!written.ok) {
    return turnAway(request, written.fault.refusal, `${record.id}:${written.fault.seq}`)
  }
  const opened = await channels.open(OWN_SHELL, terminal, environment)
  if (!opened.ok) {
    const refusal: Refusal = {
      because: 'target-unreachable',
      target: session.target.name,
      fault: opened.fault,
    }
    const event = `${record.id}:${written.value}`
    await tape.write('stderr', new TextEncoder().encode(`${refusalLine(refusal, event)}\r\n`))
    return turnAway(request, refusal, event)
  }
  const outcome = await attend(opened.value, request, 'raw', tape, session, around)
  await Promise.all([
    record.append({
      kind: 'command-ended',
      channel,
      decision: written.value,
      workingDirectory: null,
      ...outcome,
    }),
    answer(),
  ])

  async function answer(): Promise<void> {
    if (session.isEnded()) await sayEnding(request, await session.ended)
    else await sayLoss()
    await request.client.finish(
      session.isEnded() ? { status: REFUSED } : (outcome.exit ?? { status: LOST }),
    )
  }

  async function sayLoss(): Promise<void> {
    const { loss } = await shellEnd(outcome.exit, channels, null)
    if (loss === null) return
    const line = `\r\n${lossLine(loss, 'shell', session.target.name)}`
    await tape.write('stderr', new TextEncoder().encode(`${line}\r\n`))
    await sayLine(request, line)
  }
}

const NOT_JUDGED: Judgement = {
  verdict: 'allow',
  rule: 'default',
  reasons: [
    { code: 'unfiltered', text: 'the policy lets everything pass; nothing here is judged', at: '' },
  ],
  commands: [],
  canonical: null,
  forward: null,
  input: 'raw',
  inputLines: null,
  approval: null,
  observed: false,
  unfiltered: true,
}
