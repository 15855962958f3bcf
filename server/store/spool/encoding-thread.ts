import { parentPort, workerData } from 'node:worker_threads'
import { SpoolEncoding } from './encoding.ts'
import type { ToEncoding } from './encoding-messages.ts'
import type { SpoolEnd } from './spool.ts'

/** The thread's whole life: what arrives goes to the encoding, what comes out goes back. */
const { directory, start } = workerData as { directory: string; start: SpoolEnd }
if (parentPort === null) throw new Error('this module is the beginning of a worker thread')
const port = parentPort
const encoding = new SpoolEncoding(directory, start, message => port.postMessage(message))
port.on('message', (message: ToEncoding) => encoding.receive(message))
try {
  await encoding.run()
} catch (error) {
  // The other side decides what becomes of the sessions; dying without a word would say less.
  port.postMessage({ is: 'fault', fault: (error as Error).message })
}
port.close()
