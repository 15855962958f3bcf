/** Tells at once, and of what comes soon after only the last, each after a pause: for values that replace each other. */
export function lastOfMany<Value extends object>(
  pauseMs: number,
  tell: (value: Value) => void,
): (value: Value) => void {
  let latest: Value | null = null
  let pause: NodeJS.Timeout | null = null

  const tellAndPause = (value: Value): void => {
    latest = null
    pause = setTimeout(() => {
      pause = null
      if (latest !== null) tellAndPause(latest)
    }, pauseMs).unref()
    tell(value)
  }
  return value => {
    if (pause === null) tellAndPause(value)
    else latest = value
  }
}
