import type { RecordedCommands } from '../core/ports/replaying.ts'
import type { PolicyFiles } from '../policies/open-policies.ts'
import type { Desk } from './desk.ts'

/** What the `policy` commands need from the desk, and the two doors that only they go through. */
export interface PolicyDesk extends Pick<Desk, 'screen' | 'workingDirectory' | 'nowMs'> {
  policyFiles(): Promise<PolicyFiles>
  recordedCommands(): Promise<RecordedCommands>
}
