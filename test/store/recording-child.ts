/**
 * A node that works until it is killed: three sessions, two tapes each, decisions in between. On standard
 * output it says, one JSON object a line, what it was told is kept. Started by recovery.test.ts.
 */
import { writeSync } from 'node:fs'
import { defaultLimits } from '../../server/config/limits.ts'
import { openStore } from '../../server/store/open.ts'
import { decision, openSession, realClock } from '../support/sample-grants.ts'
import { tapeLine } from './tape-line.ts'

const [home = '', url = '', directUrl = ''] = process.argv.slice(2)

const store = await openStore(
  { home, database: { url, directUrl }, limits: defaultLimits },
  { node: { version: '0.0.0-test', nativeCrypto: true }, clock: realClock, log: () => {} },
)

for (let index = 0; index < 3; index += 1) {
  const session = await openSession(store)
  void decide(session)
  for (const channel of [0, 1]) void record(session, channel)
}

/** A write to a pipe is done when it returns: what was said is known to the parent, killed or not. */
function say(fact: object): void {
  let rest = Buffer.from(`${JSON.stringify(fact)}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      // The pipe is full because the parent is busy: nothing goes on until it has read.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

async function decide(session: Awaited<ReturnType<typeof openSession>>): Promise<void> {
  for (let index = 0; ; index += 1) {
    const seq = await session.append(decision(`command ${index}`))
    say({ session: session.id, seq })
  }
}

async function record(
  session: Awaited<ReturnType<typeof openSession>>,
  channel: number,
): Promise<void> {
  const tape = session.openTape(channel, { terminal: null, title: 'work' })
  for (let line = 0; ; line += 1) {
    await tape.write('stdout', tapeLine(channel, line))
    say({ session: session.id, channel, line })
    if (line % 50 === 0) await new Promise(wake => setTimeout(wake, 20))
  }
}
