import type { Identity } from '../core/access.ts'
import type { AgentPace } from '../core/agent-pace.ts'
import { sentText } from '../core/audit/events.ts'
import { complaint, type CounterAnswer } from '../core/counter/answers.ts'
import { COUNTER_USAGE, readCounterCommand } from '../core/counter/command.ts'
import { explain, type Refusal, refusalLine } from '../core/verdict.ts'
import { answerAtCounter } from './answer-at-counter.ts'
import { turnAway } from './say.ts'
import type { Surroundings } from './surroundings.ts'
import { type ChannelRequest, type EndableVisit, type ProgramRequest, wordsOf } from './visit.ts'
import { VisitLife } from './visit-life.ts'

type Client = { readonly address: string; readonly version: string }

const INSTEAD = 'this is the counter; ask it: ssh sallyport@bastion help'

/**
 * One agent's connection to the counter (`ssh sallyport@bastion …`), where it learns who it is and what
 * it was granted, and asks for more. Open to whoever proved an identity, grant or not.
 *
 * Invariant: nothing runs anywhere, no target is touched, and no question is answered that was not
 * written down first.
 */
export class CounterVisit implements EndableVisit {
  readonly over: Promise<void>
  readonly #life = new VisitLife()
  readonly #identity: Identity
  readonly #client: Client
  readonly #around: Surroundings
  readonly #pace: AgentPace

  constructor(identity: Identity, client: Client, around: Surroundings, pace: AgentPace) {
    this.#identity = identity
    this.#client = client
    this.#around = around
    this.#pace = pace
    // A certificate that is revoked may not go on asking over a connection that is open already.
    const stopWatching = around.endings.watch({ id: 'counter', grant: null, identity }, refusal =>
      this.end(refusal),
    )
    this.over = this.#life.gone.then(() => {
      stopWatching()
      return this.#life.idle()
    })
  }

  get ended(): Promise<Refusal> {
    return this.#life.ended
  }

  serve(request: ChannelRequest): Promise<void> {
    return this.#life.serve(this.#serve(request))
  }

  async refuse(request: string, detail: Uint8Array, why?: Refusal): Promise<string> {
    const refusal = why ?? {
      because: 'not-offered',
      request: `the request ${request}`,
      instead: INSTEAD,
    }
    try {
      await this.#recordRefused(request, detail, refusal)
    } catch (error) {
      // A refusal that cannot be written down is still a refusal; the visit cannot go on without evidence.
      this.end({ because: 'not-written', fault: String(error) })
    }
    return refusalLine(refusal, '-')
  }

  end(refusal: Refusal): void {
    this.#life.end(refusal)
  }

  leave(): Promise<void> {
    this.#life.leave()
    return this.over
  }

  async #serve(request: ChannelRequest): Promise<void> {
    try {
      const refusal = await this.#whyNot(request)
      if (refusal !== null) return await turnAway(request, refusal, '-')
      await show(request, await this.#answer(request.program))
    } catch (error) {
      // The world failed (the database, most likely): an answer that was not written down is not given.
      this.#around.log(`the counter gave no answer: ${String(error)}`, this.#fields())
      await turnAway(request, { because: 'not-written', fault: String(error) }, '-')
    }
  }

  /** Whether this can be a question at all; what cannot is refused and written down. */
  async #whyNot({ program }: ChannelRequest): Promise<Refusal | null> {
    if (this.#life.ending !== null) return this.#life.ending
    if (!this.#around.endings.mayForward()) return { because: 'node-cut-off' }
    if (program.is === 'exec' || this.#identity.forceCommand !== null) return null
    const what = program.is === 'shell' ? 'an interactive shell' : 'a subsystem'
    const refusal: Refusal = { because: 'not-offered', request: what, instead: INSTEAD }
    await this.#recordRefused(program.is, wordsOf(program), refusal)
    return refusal
  }

  async #answer(program: ProgramRequest): Promise<CounterAnswer> {
    const { agent, forceCommand, keyId } = this.#identity
    const asked = wordsOf(program)
    const pace = this.#pace.take(agent, this.#around.clock.monotonicMs())
    if (pace.waitMs > 0) {
      const seconds = Math.ceil(pace.waitMs / 1000)
      const sentence = `you ask too often; wait ${seconds} s and ask less`
      // One event for each time the agent ran into the bound: a loop must not fill the journal.
      if (pace.isFirst) await this.#record('too often', asked, sentence)
      this.#around.count('refused', 'counter-too-often')
      return complaint(1, sentence)
    }
    await this.#around.journal.record({
      kind: 'counter-asked',
      agent,
      keyId,
      client: this.#client,
      command: sentText(asked),
      forced: forceCommand,
    })
    // sshd(8) "force-command": whatever was asked for, this is what counts.
    const line = forceCommand === null ? asked : new TextEncoder().encode(forceCommand)
    const command = readCounterCommand(line)
    if (!command.ok) return complaint(2, `${command.fault}; usage: ${COUNTER_USAGE}`)
    return answerAtCounter(
      command.value,
      { identity: this.#identity, clientAddress: this.#client.address },
      this.#around,
    )
  }

  async #recordRefused(request: string, asked: Uint8Array, refusal: Refusal): Promise<void> {
    this.#around.count('refused', request)
    await this.#record(request, asked, explain(refusal).toLog)
  }

  #record(request: string, asked: Uint8Array, because: string): Promise<void> {
    const { agent, keyId } = this.#identity
    const detail = sentText(asked)
    const client = this.#client
    return this.#around.journal.record({
      kind: 'counter-refused',
      agent,
      keyId,
      client,
      request,
      detail,
      because,
    })
  }

  #fields(): Readonly<Record<string, unknown>> {
    return { agent: this.#identity.agent, client: this.#client.address }
  }
}

async function show(
  { client, terminal }: ChannelRequest,
  { out, remark, status }: CounterAnswer,
): Promise<void> {
  const lineEnd = (text: string): string =>
    terminal === null ? text : text.replaceAll('\n', '\r\n')
  if (out !== '' && client.stdout.writable) client.stdout.write(lineEnd(out))
  if (remark !== '' && client.stderr.writable) client.stderr.write(lineEnd(remark))
  await client.finish({ status })
}
