// Starts a worker thread from its TypeScript source, for tests: a Worker takes no .ts file on Node 20,
// and the loader of the main thread does not reach into it. What is compiled never comes here.
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
await import(workerData.entry)
