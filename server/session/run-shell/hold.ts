import type { Exit } from '../../core/audit/events.ts'
import { REFUSED } from '../../core/verdict.ts'
import type { OpenSession } from '../open-session.ts'
import { untilClosed } from '../relay.ts'
import { delay, sayEnding } from '../say.ts'
import type { ChannelRequest } from '../visit.ts'
import type { Conversation } from './conversation.ts'

/** How long the last of a session's output may take to be recorded. */
const LAST_WORDS_MS = 2000
/** Exit status when the target never said how the shell ended; ssh itself uses it for lost connections. */
const LOST = 255
const INTERRUPT = 0x03
const END_OF_INPUT = 0x04

/**
 * Hands what the agent does (keys, sizes, signals) to the conversation.
 *
 * @returns a promise that only ever rejects: what ends a conversation is the program, the agent's going or the bastion.
 */
export function followAgent(
  request: ChannelRequest,
  conversation: Conversation,
  session: OpenSession,
): Promise<never> {
  request.onResize(changed => {
    conversation.resize(changed).catch(session.fail)
  })
  request.onSignal(name => {
    if (name === 'INT') conversation.type(Uint8Array.of(INTERRUPT)).catch(session.fail)
  })
  const typing = takeInput()
  typing.catch(session.fail)
  return typing

  async function takeInput(): Promise<never> {
    for await (const bytes of untilClosed(request.client.stdin)) await conversation.type(bytes)
    // The agent's input has an end (ssh -tt < file): a terminal would say so with ^D.
    await conversation.type(Uint8Array.of(END_OF_INPUT))
    return new Promise(() => {})
  }
}

/** Waits for the end, whoever brings it, and sees the agent off. */
export async function holdUntilOver(
  conversation: Conversation,
  request: ChannelRequest,
  session: OpenSession,
  ends: { readonly program: Promise<Exit | null>; readonly typing: Promise<never> },
): Promise<void> {
  const { client } = request
  const over = await Promise.race([
    ends.program.then((exit): Over => ({ exit, because: null })),
    conversation.left.then((exit): Over => ({ exit, because: null })),
    client.gone.then((): Over => ({ exit: null, because: 'the agent hung up' })),
    session.ended.then(
      (): Over => ({ exit: { status: REFUSED }, because: 'the session was ended' }),
    ),
    ends.typing,
  ])
  client.stdin.destroy()
  await conversation.end(over.because === null ? over.exit : null, faultOf(over))
  await Promise.race([ends.program, delay(LAST_WORDS_MS)])
  if (session.isEnded()) await sayEnding(request, await session.ended)
  await client.finish(over.exit ?? { status: LOST })
}

interface Over {
  readonly exit: Exit | null
  /** Why, when it was not the shell's or the agent's own doing. */
  readonly because: string | null
}

function faultOf({ exit, because }: Over): string | null {
  if (because !== null) {
    return `${because}; what ran in the terminal was sent SIGHUP, and what ignores it may still run on the target`
  }
  return exit === null ? 'the target closed the channel' : null
}
