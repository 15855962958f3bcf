import type { Refusal } from '../../core/verdict.ts'
import type { Obstacle } from './statements.ts'

/** The database's reason (migrations/0002), as the session gives it. */
export function refusalFor(obstacle: Obstacle): Refusal {
  const { because, reason = '', by = '', limit = 0 } = obstacle
  switch (because) {
    case 'grant-revoked':
      return { because, reason }
    case 'grant-expired':
    case 'certificate-expired':
    case 'certificate-revoked':
      return { because }
    case 'terminated':
      return { because, by, reason }
    case 'too-many-sessions':
      return { because, limit }
    case 'ended':
      // Another node took this one for dead and closed its sessions.
      return { because: 'node-cut-off' }
    default:
      return { because: 'not-written', fault: `the database says ${because}` }
  }
}
