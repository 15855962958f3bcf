import { Worker } from 'node:worker_threads'

/**
 * Memory one thread may take. A 16 KB line needs a few megabytes; one that makes the parser explode ends
 * its thread, not the process.
 */
const THREAD_MEMORY_MB = 256

/** Starts the worker thread whose module lies beside this one, compiled or not. */
export function startThread(name: string): Worker {
  const isCompiled = import.meta.url.endsWith('.js')
  const entry = new URL(`./${name}${isCompiled ? '.js' : '.ts'}`, import.meta.url)
  const start = isCompiled ? entry : new URL('./under-tsx.mjs', import.meta.url)
  return new Worker(start, {
    name,
    // The loader of a test run is registered by under-tsx, and only there.
    execArgv: [],
    workerData: { entry: entry.href },
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
  })
}
