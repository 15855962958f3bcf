import { createMemo, type JSX } from 'solid-js'
import { wasStopped, type Step } from '../../../server/core/replay/steps.ts'
import { duration, tapeTime } from '../wording.ts'

/** The picture's own units; it is stretched to whatever room there is. */
const WIDTH = 1000
const HEIGHT = 20

/** A slider over the whole recording, with every command on it: one path a kind, however many. */
export function Timeline(props: {
  atMs: number
  endMs: number
  steps: readonly Step[]
  onSeek: (toMs: number) => void
}): JSX.Element {
  const x = (ms: number): number =>
    Math.round((Math.min(ms, props.endMs) / Math.max(1, props.endMs)) * WIDTH * 10) / 10
  const ran = createMemo(() =>
    props.steps
      .filter(step => !wasStopped(step))
      .map(step => `M${x(step.atMs)} 10H${Math.max(x(step.atMs) + 0.1, x(endOf(step)))}`)
      .join(''),
  )
  const stopped = createMemo(() =>
    props.steps
      .filter(wasStopped)
      .map(step => `M${x(step.atMs)} 2V18`)
      .join(''),
  )
  return (
    <div class="timeline">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="ran" d={ran()} />
        <path class="stopped" d={stopped()} />
        <path class="head" d={`M${x(props.atMs)} 0V${HEIGHT}`} />
      </svg>
      <input
        type="range"
        min="0"
        max={Math.ceil(props.endMs)}
        step="100"
        value={props.atMs}
        aria-label="Position in the recording"
        aria-valuetext={`${tapeTime(props.atMs)} of ${duration(props.endMs)}`}
        onInput={event => props.onSeek(event.currentTarget.valueAsNumber)}
      />
    </div>
  )
}

const endOf = (step: Step): number =>
  step.is === 'command' && step.end !== null ? step.end.toMs : step.atMs
