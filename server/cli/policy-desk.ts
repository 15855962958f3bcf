import type { Journal } from '../core/ports/evidence.ts'
import type { RecordedCommands } from '../core/ports/replaying.ts'
import type { PolicyFiles } from '../policies/open-policies.ts'
import type { Desk } from './desk.ts'

/** What the `policy` commands need from the desk, and the doors that only they go through. */
export interface PolicyDesk extends Pick<Desk, 'by' | 'screen' | 'workingDirectory' | 'nowMs'> {
  policyFiles(): Promise<PolicyFiles>
  recordedCommands(): Promise<RecordedCommands>
  journal(): Promise<Journal>
}
