import { awaitEnds, PATIENCE_MS } from './await-ends.ts'
import type { Desk } from './desk.ts'
import { findGrant } from './find.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'

/** Revokes, then watches the live sessions end, so that the answer is what happened and not what was asked. */
export async function revokeGrant(
  desk: Desk,
  id: string,
  { reason, json }: JsonOption & { reason: string },
): Promise<Status> {
  const { screen } = desk
  const found = await findGrant(desk, id)
  if (!found.ok) return screen.no(found.fault)
  const { grants, archive } = await desk.books()
  const revoked = await grants.revoke(id, reason, desk.by)
  if (!revoked.ok) {
    return screen.no(
      revoked.fault === 'not-found' ? `there is no grant ${id}` : `grant ${id} is revoked already`,
    )
  }
  const { liveSessions } = revoked.value
  const alive = await awaitEnds(liveSessions, archive)
  const ended = liveSessions.filter(session => !alive.includes(session))
  if (json) {
    screen.printJson({ grant: id, revoked: true, endedSessions: ended, stillLive: alive })
  } else {
    screen.print(`grant ${id} revoked; ${counted(ended.length, 'live session')} ended`)
  }
  if (alive.length === 0) return 0
  // The grant is revoked all the same: nothing new starts, and a node cut off ends its sessions by itself.
  return screen.no(
    `${counted(alive.length, 'session')} did not end within ${PATIENCE_MS / 1000}s (${alive.join(', ')}); the node may be cut off and then ends them itself within 15s; see: sallyport session list --live`,
  )
}

export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
