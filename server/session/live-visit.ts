import type { Identity } from '../core/access.ts'
import { sentText } from '../core/audit/events.ts'
import type { SessionRecord } from '../core/ports/evidence.ts'
import type { Result } from '../core/result.ts'
import { explain, type Refusal, refusalLine } from '../core/verdict.ts'
import { type Admission, admit } from './admission.ts'
import { notOffered } from './not-offered.ts'
import type { OpenSession } from './open-session.ts'
import { runExec } from './run-exec.ts'
import { runShell } from './run-shell.ts'
import { delay, FAREWELL_MS, turnAway } from './say.ts'
import type { Surroundings } from './surroundings.ts'
import { TargetLink } from './target-link.ts'
import { type ChannelRequest, type Visit, wordsOf } from './visit.ts'
import { VisitLife } from './visit-life.ts'

type Client = { readonly address: string; readonly version: string }

/**
 * One agent's connection. Invariant: a channel that was served is finished exactly once, with an exit
 * status and, when it was refused or ended, with the sentence that says why.
 */
export class LiveVisit implements Visit {
  /** Resolves when the agent is gone and everything about the visit is written down. */
  readonly over: Promise<void>
  readonly #identity: Identity
  readonly #client: Client
  readonly #around: Surroundings
  readonly #life = new VisitLife()
  readonly #session: Promise<Result<Session, Refusal>>
  #channels = 0

  constructor(identity: Identity, userName: string, client: Client, around: Surroundings) {
    this.#identity = identity
    this.#client = client
    this.#around = around
    this.#session = this.#enter(identity, userName, client)
    this.over = this.#life.gone.then(() => this.#close())
  }

  get ended(): Promise<Refusal> {
    return this.#life.ended
  }

  serve(request: ChannelRequest): Promise<void> {
    const channel = this.#channels
    this.#channels += 1
    return this.#life.serve(this.#serve(channel, request))
  }

  async refuse(request: string, detail: Uint8Array, why?: Refusal): Promise<string> {
    const refusal = why ?? notOffered(request, detail)
    const session = await this.#session
    try {
      if (session.ok) {
        const { record } = session.value
        const event = await this.#recordRefused(record, null, request, detail, refusal)
        return refusalLine(refusal, event)
      }
      await this.#recordOutside(request, detail, refusal)
      return refusalLine(refusal, '-')
    } catch (error) {
      // A refusal that cannot be written down is still a refusal; the visit cannot go on without evidence.
      this.end({ because: 'not-written', fault: String(error) })
      return refusalLine(refusal, '-')
    }
  }

  /** Ends the visit from the bastion's side. The first reason stands. */
  end(refusal: Refusal): void {
    // Running channels hear it first and tell their agents; the target is cut off right after.
    if (this.#life.end(refusal)) void this.#cutOff(refusal)
  }

  leave(): Promise<void> {
    this.#life.leave()
    return this.over
  }

  async #enter(
    identity: Identity,
    userName: string,
    client: Client,
  ): Promise<Result<Session, Refusal>> {
    const { journal, endings, log, count } = this.#around
    try {
      const admission = await admit(identity, userName, client, this.#around)
      if (admission.ok) {
        const { record, grant, target } = admission.value
        log('session opened', { session: record.id, agent: identity.agent, target: target.name })
        const stopWatching = endings.watch({ id: record.id, grant, identity }, refusal =>
          this.end(refusal),
        )
        const link = new TargetLink(target, grant, record, this.#around)
        return { ok: true, value: { ...admission.value, link, stopWatching } }
      }
      const { because } = admission.fault
      const detail = explain(admission.fault).toLog
      count('refused', because)
      log(`session refused: ${detail}`, { agent: identity.agent, client: client.address })
      const { agent, keyId } = identity
      const userNameSent = sentText(new TextEncoder().encode(userName))
      await journal.record({
        kind: 'session-refused',
        agent,
        userName: userNameSent,
        client,
        because,
        detail,
        keyId,
      })
      return admission
    } catch (error) {
      // The world failed (the database, most likely): without evidence there is no session, and the agent is told.
      const refusal: Refusal = { because: 'not-written', fault: String(error) }
      log(`session refused: ${explain(refusal).toLog}`, { agent: identity.agent })
      return { ok: false, fault: refusal }
    }
  }

  async #serve(channel: number, request: ChannelRequest): Promise<void> {
    const session = await this.#session
    if (!session.ok) return turnAway(request, session.fault, '-')
    if (this.#life.ending !== null) return turnAway(request, this.#life.ending, '-')

    const { link, ...admission } = session.value
    const { record, identity } = admission
    const open: OpenSession = {
      ...admission,
      connection: () => link.connection(),
      ended: this.ended,
      isEnded: () => this.#life.ending !== null,
      fail: fault => this.end({ because: 'not-written', fault: String(fault) }),
    }
    const asked = wordsOf(request.program)
    try {
      // sshd(8) "force-command": whatever was asked for, this runs instead, and is what is judged.
      if (request.program.is === 'exec' || identity.forceCommand !== null) {
        return await runExec(open, channel, request, asked, this.#around)
      }
      if (request.program.is === 'shell')
        return await runShell(open, channel, request, this.#around)
      const refusal = notOffered(request.program.is, asked)
      const event = await this.#recordRefused(record, channel, request.program.is, asked, refusal)
      return await turnAway(request, refusal, event)
    } catch (error) {
      open.fail(error)
      this.#around.log(`channel ended: ${String(error)}`, { session: record.id })
      return turnAway(
        request,
        this.#life.ending ?? { because: 'not-written', fault: String(error) },
        '-',
      )
    }
  }

  /** @returns the event as an agent reads it: `SESSION:SEQ`. */
  async #recordRefused(
    record: SessionRecord,
    channel: number | null,
    request: string,
    asked: Uint8Array,
    refusal: Refusal,
  ): Promise<string> {
    const { rule, toAgent: reason } = explain(refusal)
    this.#around.count('refused', request)
    const detail = sentText(asked)
    const seq = await record.append({
      kind: 'request-refused',
      channel,
      request,
      detail,
      rule,
      reason,
    })
    return `${record.id}:${seq}`
  }

  /** There may be no session to write it into: the outer user name of `ssh -J` is free. */
  #recordOutside(request: string, asked: Uint8Array, refusal: Refusal): Promise<void> {
    const { rule, toAgent: reason } = explain(refusal)
    const { agent, keyId } = this.#identity
    const client = this.#client
    this.#around.count('refused', request)
    const detail = sentText(asked)
    return this.#around.journal.record({
      kind: 'outside-request-refused',
      agent,
      keyId,
      client,
      request,
      detail,
      rule,
      reason,
    })
  }

  async #cutOff(refusal: Refusal): Promise<void> {
    const session = await this.#session
    if (!session.ok) return
    this.#around.log(`session ending: ${explain(refusal).toLog}`, {
      session: session.value.record.id,
    })
    await Promise.race([this.#life.idle(), delay(FAREWELL_MS)])
    session.value.link.close()
  }

  async #close(): Promise<void> {
    const session = await this.#session
    await this.#life.idle()
    if (!session.ok) return
    const { record, link, stopWatching } = session.value
    stopWatching()
    link.close()
    const { ending } = this.#life
    const reason = ending === null ? 'the agent disconnected' : explain(ending).toLog
    try {
      await record.close(reason)
      this.#around.log(`session closed: ${reason}`, { session: record.id })
    } catch (error) {
      // Nobody is left to tell; the spool still holds what was recorded and is uploaded at the next start.
      this.#around.log(`session could not be closed in the evidence: ${String(error)}`, {
        session: record.id,
      })
    }
  }
}

interface Session extends Admission {
  readonly link: TargetLink
  readonly stopWatching: () => void
}
