import type { Exit } from '../../core/audit/events.ts'
import { endingLine, REFUSED } from '../../core/verdict.ts'
import { END_OF_INPUT, INTERRUPT } from '../../core/shell/control-characters.ts'
import { explainLoss, type Loss, type Lost, lossLine } from '../../core/shell/loss.ts'
import { NewestSize } from '../newest-size.ts'
import type { OpenSession } from '../open-session.ts'
import { untilClosed } from '../relay.ts'
import { delay, FAREWELL_MS, sayLine } from '../say.ts'
import type { Surroundings } from '../surroundings.ts'
import type { ChannelRequest } from '../visit.ts'
import type { Conversation } from './conversation.ts'
import { LOST, type ProgramEnd } from './program-end.ts'

/** How long the last of a session's output may take to be recorded. */
const LAST_WORDS_MS = 2000

/** Hands what the agent does (keys, sizes, signals) to the conversation. What goes wrong with that ends the session. */
export function followAgent(
  request: ChannelRequest,
  conversation: Conversation,
  session: OpenSession,
): void {
  const sizes = new NewestSize(size => conversation.resize(size), session.fail)
  request.onResize(size => sizes.take(size))
  request.onSignal(name => {
    if (name === 'INT') conversation.type(Uint8Array.of(INTERRUPT)).catch(session.fail)
  })
  takeInput().catch(session.fail)

  async function takeInput(): Promise<void> {
    for await (const bytes of untilClosed(request.client.stdin)) {
      await sizes.settle()
      await conversation.type(bytes)
    }
    // The agent's input has an end (ssh -tt < file): a terminal would say so with ^D.
    await conversation.type(Uint8Array.of(END_OF_INPUT))
  }
}

/** What ended a conversation. */
interface Over {
  readonly exit: Exit | null
  readonly because: 'it ended' | 'the agent hung up' | 'the session was ended' | Loss
}

/** Waits for the end, whoever brings it, and sees the agent off: nobody's terminal goes dead without a word. */
export async function holdUntilOver(
  conversation: Conversation,
  request: ChannelRequest,
  { session, log }: { session: OpenSession; log: Surroundings['log'] },
  { lost, program }: { lost: Lost; program: Promise<ProgramEnd> },
): Promise<void> {
  const { client } = request
  const { target, record } = session
  const over = await Promise.race([
    program.then(({ exit, loss }): Over => ({ exit, because: loss ?? 'it ended' })),
    conversation.left.then((exit): Over => ({ exit, because: 'it ended' })),
    client.gone.then((): Over => ({ exit: null, because: 'the agent hung up' })),
    session.ended.then(
      (): Over => ({ exit: { status: REFUSED }, because: 'the session was ended' }),
    ),
  ])
  client.stdin.destroy()
  const isCutOff = over.because === 'the session was ended'
  await conversation.end(isCutOff ? null : over.exit, faultOf(over))
  await Promise.race([program, delay(LAST_WORDS_MS)])
  const sentence = session.isEnded()
    ? endingLine(await session.ended)
    : typeof over.because === 'string'
      ? null
      : lossLine(over.because, lost, target.name)
  if (sentence !== null) {
    log(sentence, { session: record.id })
    await tell(sentence)
  }
  await client.finish(session.isEnded() ? { status: REFUSED } : (over.exit ?? { status: LOST }))

  /** Recorded and shown; where nothing can be recorded any more, shown. */
  async function tell(line: string): Promise<void> {
    const isSaid = await Promise.race([
      conversation.say(line).then(
        () => true,
        () => false, // Why the record cannot be kept is what the line says.
      ),
      delay(FAREWELL_MS),
    ])
    if (isSaid !== true) await sayLine(request, `\r\n${line}`)
  }

  function faultOf({ because }: Over): string | null {
    if (because === 'it ended') return null
    const sent =
      lost === 'session'
        ? 'was sent SIGHUP where sshd may signal it'
        : 'in the terminal was sent SIGHUP'
    return typeof because === 'string'
      ? `${because}; what ran ${sent}, and what ignores it may still run on the target`
      : explainLoss(because, lost, target.name)
  }
}
