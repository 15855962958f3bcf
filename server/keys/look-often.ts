/** Within this time a running bastion knows what was changed in the keys folder. */
const LOOK_EVERY_MS = 1000

/**
 * Calls `look` again and again. A look that fails is told to `onTrouble`, once for each reason, and is no
 * failure: what was known before holds. Returns how to stop.
 */
export function lookOften(
  look: (isStopped: () => boolean) => Promise<void>,
  onTrouble: (fault: string) => void,
): () => void {
  let lastFault = ''
  let isStopped = false
  let timer = later()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }

  function later(): NodeJS.Timeout {
    return setTimeout(() => void once(), LOOK_EVERY_MS).unref()
  }

  async function once(): Promise<void> {
    try {
      await look(() => isStopped)
      lastFault = ''
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      if (fault !== lastFault) onTrouble(fault)
      lastFault = fault
    }
    if (!isStopped) timer = later()
  }
}
