/**
 * What the store takes: decisions a second and their latency, and recordings from the write to the
 * database. Run with `npx mocha --no-config --import=tsx --timeout 300000 test/bench/store.ts` (mocha, because
 * the test database belongs to a mocha run).
 */
import type { Store } from '../../server/store/store.ts'
import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { decision, grantFor, openSession } from '../support/sample-grants.ts'
import { StoreBench } from '../support/test-store.ts'

const SECONDS = 3

describe('the store', () => {
  let bench: StoreBench
  let store: Store

  before(async () => {
    bench = await StoreBench.create()
    store = await bench.open()
  })
  after(() => bench.end())

  for (const sessions of [1, 20, 200]) {
    it(`takes decisions of ${sessions} sessions`, async () => {
      const grant = await grantFor(store)
      const open = await Promise.all(
        Array.from({ length: sessions }, () => openSession(store, grant)),
      )
      const latencies: number[] = []
      const cpu = process.cpuUsage()
      const until = performance.now() + SECONDS * 1000
      await Promise.all(
        open.map(async session => {
          while (performance.now() < until) {
            const startedAt = performance.now()
            await session.appendWhileGranted(decision('psql -c "select * from orders limit 10"'))
            latencies.push(performance.now() - startedAt)
          }
        }),
      )
      const { user, system } = process.cpuUsage(cpu)
      latencies.sort((a, b) => a - b)
      const at = (share: number): string =>
        (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1)
      console.log(
        `      ${(latencies.length / SECONDS).toFixed(0)}/s, median ${at(0.5)} ms, p99 ${at(0.99)} ms, ${((user + system) / latencies.length).toFixed(0)} µs of this process each`,
      )
      await Promise.all(open.map(session => session.close('done')))
    })
  }

  const line = 'Nov 20 17:00:00 host kernel: something ordinary happened on eth0\r\n'
  for (const [what, bytes] of [
    ['text', Buffer.from(line.repeat(500)).subarray(0, 32_768)],
    ['zeros', Buffer.alloc(32_768)],
    ['random bytes', randomBytes(32_768)],
  ] as const) {
    it(`records ${what}`, async () => {
      const session = await openSession(store)
      const tape = session.openTape(0, { terminal: null, title: 'bench' })
      const delay = monitorEventLoopDelay({ resolution: 5 })
      const cpu = process.cpuUsage()
      const startedAt = performance.now()
      let written = 0
      delay.enable()
      while (performance.now() < startedAt + SECONDS * 1000) {
        await tape.write('stdout', bytes)
        written += bytes.length
      }
      const writtenAt = performance.now()
      const spooled = store.health().spoolBytes
      await session.close('done')
      const closedAt = performance.now()
      delay.disable()
      const { user, system } = process.cpuUsage(cpu)
      const megabytes = written / 1e6
      console.log(
        `      ${((megabytes / (writtenAt - startedAt)) * 1000).toFixed(0)} MB/s into the spool, ${((megabytes / (closedAt - startedAt)) * 1000).toFixed(0)} MB/s into the database, ${(spooled / 1e6).toFixed(0)} MB spooled at the end, ${((user + system) / 1000 / megabytes).toFixed(1)} ms of this process a MB, event loop p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms`,
      )
    })
  }
})
