import type { Tape } from '../../core/ports/evidence.ts'
import type { OpenSession } from '../open-session.ts'
import type { Surroundings } from '../surroundings.ts'
import type { ChannelRequest } from '../visit.ts'
import type { Channels } from './channels.ts'

/** What a conversation is held with and written down in. */
export interface Setting {
  readonly session: OpenSession
  readonly channel: number
  readonly request: ChannelRequest
  readonly channels: Channels
  readonly tape: Tape
  readonly environment: Readonly<Record<string, string>>
  readonly around: Surroundings
}
