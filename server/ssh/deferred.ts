/** A promise and what settles it (`Promise.withResolvers`, which Node 20 has not). */
export interface Deferred<Value> {
  readonly promise: Promise<Value>
  /** Only the first call counts. */
  readonly resolve: (value: Value) => void
}

export function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}
