import { escapeControls } from '../verdict.ts'

/** Why what stands in the agent's terminal is over although neither it nor the agent nor the bastion's policy ended it. */
export type Loss =
  /** The driver shell has answered nothing for longer than anybody waits. */
  | { readonly because: 'silent'; readonly afterSeconds: number }
  /** The agent has hung up what runs twice, and it did not go: the shell itself, or what has taken its place (`exec`). */
  | { readonly because: 'hung-up' }
  /** A process that the driver needs on the target is gone. */
  | { readonly because: 'part-gone' }
  | { readonly because: 'disconnected'; readonly fault: string }
  /** The target closed the channel and said nothing of an end. */
  | { readonly because: 'closed' }
  | { readonly because: 'killed'; readonly signal: string }

/** What was lost; `session` is one whose commands run each by itself. */
export type Lost = 'shell' | 'program' | 'session'

/** The line that an agent reads: what happened, and what to do. */
export function lossLine(loss: Loss, lost: Lost, target: string): string {
  const after = loss.because === 'killed' ? '' : `; ${leftBehind(lost)}`
  const again = lost === 'program' ? 'run it again' : 'reconnect for a new one'
  return `sallyport: ${lost} ended: ${escapeControls(whatHappened(loss, lost, target))}${after}; ${again}`
}

/** The same for the record: `fault` of the command that ran. */
export function explainLoss(loss: Loss, lost: Lost, target: string): string {
  return `${whatHappened(loss, lost, target)}; ${leftBehind(lost)}`
}

/** The attendant hangs up everything in a terminal; where there is none, nobody does. */
function leftBehind(lost: Lost): string {
  return lost === 'session'
    ? 'a command that ran there may still run'
    : 'what ran there was sent SIGHUP, and what ignores it may still run'
}

function whatHappened(loss: Loss, lost: Lost, target: string): string {
  switch (loss.because) {
    case 'silent':
      return `the shell on ${target} has taken no line for ${loss.afterSeconds} s: it was stopped, or the machine is overloaded`
    case 'hung-up':
      return 'what ran in it did not go when ^C was pressed three times, nor when it was again'
    case 'part-gone':
      return `a process on ${target} that the bastion needs beside the shell was ended`
    case 'disconnected':
      return `the connection to ${target} was lost: ${loss.fault}`
    case 'closed':
      return `${target} closed the ${lost}'s terminal and did not say why`
    case 'killed':
      return `${target} says that SIG${loss.signal} ended the ${lost}`
  }
}
