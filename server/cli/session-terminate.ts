import type { Desk } from './desk.ts'
import { awaitEnds, PATIENCE_MS } from './await-ends.ts'
import type { JsonOption } from './options.ts'
import type { Status } from './screen.ts'
import { findSession } from './find.ts'

/** Asks the node that has the session to end it, and waits to see that it did. */
export async function terminateSession(
  desk: Desk,
  id: string,
  { reason, json }: JsonOption & { reason: string },
): Promise<Status> {
  const { screen } = desk
  const found = await findSession(desk, id)
  if (!found.ok) return screen.no(found.fault)
  const { sessions, archive } = await desk.books()
  const asked = await sessions.terminate(id, reason, desk.by)
  if (!asked.ok) {
    return screen.no(
      asked.fault === 'not-found' ? `there is no session ${id}` : `session ${id} has ended already`,
    )
  }
  const isAlive = (await awaitEnds([id], archive)).length > 0
  if (json) screen.printJson({ session: id, ended: !isAlive })
  if (isAlive) {
    return screen.no(
      `session ${id} did not end within ${PATIENCE_MS / 1000}s; node ${found.value.node} may be gone; the termination stands and takes effect when it is seen`,
    )
  }
  if (!json) screen.print(`session ${id} ended`)
  return 0
}
