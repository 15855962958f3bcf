import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { endOwnProcesses, findWayOut, settleIn } from '../demo/inside.ts'
import type { Order, Report } from '../demo/order.ts'
import { endPrograms } from '../demo/programs.ts'
import { programServer } from '../demo/serve-program.ts'
import { openDemoServer } from '../ssh/demo-server.ts'

// The process of the demonstration target. Everything it needs is loaded above: once it has become
// somebody else it may not be able to read its own files any more.

let order: Order | null = null

createInterface({ input: process.stdin })
  .once('line', line => {
    try {
      order = JSON.parse(line) as Order
      start(order)
    } catch (error) {
      report({ ready: false, fault: String(error) })
    }
  })
  // The bastion holds the other end. When it is gone, so is the demonstration, with all that runs in it.
  .once('close', () => {
    endPrograms()
    if (order !== null) endOwnProcesses(order)
    process.exit()
  })

function start(given: Order): void {
  const { hostKey, authorizedKey, login, home, socket } = given
  const demo = openDemoServer({
    hostKey,
    authorizedKey,
    login,
    serve: programServer(home, login),
    log: message => process.stderr.write(`${message}\n`),
  })
  const listener = createServer(connection => demo.take(connection))
  listener.once('error', error => report({ ready: false, fault: error.message }))
  listener.listen(socket, () => {
    try {
      settleIn(given)
      endOwnProcesses(given)
      const wayOut = findWayOut(given)
      report(wayOut === null ? { ready: true } : { ready: false, fault: wayOut })
    } catch (error) {
      report({ ready: false, fault: String(error) })
    }
  })
}

function report(answer: Report): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
