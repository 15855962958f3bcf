import { Worker } from 'node:worker_threads'
import type { FromEncoding, ToEncoding } from './encoding-messages.ts'
import type { SpoolEnd } from './spool.ts'

/** Text that waits and text on its way have bounds of their own (encoding.ts); this is beyond both. */
const THREAD_MEMORY_MB = 512

export interface Encoding {
  send(message: ToEncoding): void
  end(): Promise<void>
}

/** Starts the thread that encodes `directory` from `start` on. `fault` is called once if it dies. */
export function startEncoding(
  directory: string,
  start: SpoolEnd,
  receive: (message: FromEncoding) => void,
  fault: (fault: string) => void,
): Encoding {
  // A Worker takes no .ts file on Node 20; only tests run from sources.
  const isCompiled = import.meta.url.endsWith('.js')
  const entry = new URL(`./encoding-thread${isCompiled ? '.js' : '.ts'}`, import.meta.url)
  const worker = new Worker(isCompiled ? entry : new URL('./under-tsx.mjs', import.meta.url), {
    name: 'encoding',
    execArgv: [],
    workerData: { entry: entry.href, directory, start },
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
  })
  let isOver = false
  const fail = (why: string): void => {
    if (isOver) return
    isOver = true
    fault(why)
  }
  worker.on('message', (message: FromEncoding) => {
    if (message.is === 'fault') fail(message.fault)
    else if (!isOver) receive(message)
  })
  worker.on('error', error => fail(error.message))
  worker.on('exit', code => fail(`the encoding thread ended (${code})`))
  return {
    send: message => worker.postMessage(message),
    async end() {
      isOver = true
      await worker.terminate()
    },
  }
}
