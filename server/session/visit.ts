import type { Identity } from '../core/access.ts'
import type { ClientChannel, Terminal } from '../core/ports/channels.ts'
import type { Refusal } from '../core/verdict.ts'

/** What a session channel asked to run (RFC 4254 §6.5). */
export type ProgramRequest =
  | { readonly is: 'exec'; readonly command: Uint8Array }
  | { readonly is: 'shell' }
  | { readonly is: 'subsystem'; readonly name: Uint8Array }

/** What was asked for in so many words; nothing for a plain shell. */
export function wordsOf(program: ProgramRequest): Uint8Array {
  switch (program.is) {
    case 'exec':
      return program.command
    case 'subsystem':
      return program.name
    case 'shell':
      return new Uint8Array()
  }
}

export interface ChannelRequest {
  readonly program: ProgramRequest
  readonly terminal: Terminal | null
  /** Names and values the agent sent before its program request. */
  readonly environment: ReadonlyMap<string, Uint8Array>
  readonly client: ClientChannel
  /** Registers what to do with later `signal` and `window-change` requests. */
  onSignal(listener: (name: string) => void): void
  onResize(listener: (terminal: Terminal) => void): void
}

/** One authenticated connection of an agent, from login to hang-up. */
export interface Visit {
  /** Serves one session channel to its end: judged, written down, run, recorded. Never rejects. */
  serve(request: ChannelRequest): Promise<void>
  /**
   * Anything else that was asked for (forwards, X11, agent forwarding, …): writes the event, returns
   * the sentence for the agent. Never rejects.
   *
   * @param why is for what the front refuses by itself; without, nothing of the kind is offered.
   */
  refuse(request: string, detail: Uint8Array, why?: Refusal): Promise<string>
  /** Resolves when the bastion ends the visit; the front then closes the connection. */
  readonly ended: Promise<Refusal>
  /** The connection is gone. Resolves when everything about the visit is written down. */
  leave(): Promise<void>
}

/** A visit that the bastion's side can end as well, as a node that stops must. */
export interface EndableVisit extends Visit {
  /** The first reason stands. */
  end(refusal: Refusal): void
  /** Resolves when the agent is gone and everything about the visit is written down. */
  readonly over: Promise<void>
}

export type OpenVisit = (
  identity: Identity,
  userName: string,
  client: { readonly address: string; readonly version: string },
) => Visit
