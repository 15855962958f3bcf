import { createEffect, For, Show, type JSX } from 'solid-js'
import { shownLine, wasStopped, type Step } from '../../../server/core/replay/steps.ts'
import { SafeText, wordsOf } from '../safe-text.tsx'
import { UnfilteredBadge } from '../unfiltered-badge.tsx'
import { duration, tapeTime } from '../wording.ts'
import { outcomeOf } from './step-wording.ts'

/** Everything the agent asked for, in order: what ran, and what was stopped. */
export function StepList(props: {
  steps: readonly Step[]
  stopped: number
  total: number
  onlyStopped: boolean
  onOnlyStopped: (only: boolean) => void
  selected: number | null
  current: number | null
  live: boolean
  onVisit: (step: Step) => void
  onSelect: (step: Step) => void
  onPlayFrom: (step: Step) => void
}): JSX.Element {
  createEffect(() => {
    const shown = props.selected
    if (shown !== null)
      document.getElementById(`step-${shown}`)?.scrollIntoView({ block: 'nearest' })
  })

  const onKeyDown = (event: KeyboardEvent): void => {
    const here = props.steps.findIndex(step => step.seq === props.selected)
    const last = props.steps.length - 1
    const moves: Record<string, number> = {
      ArrowDown: Math.min(here + 1, last),
      ArrowUp: Math.max(here - 1, 0),
      Home: 0,
      End: last,
    }
    const step = props.steps[moves[event.key] ?? here]
    if (step === undefined) return
    if (event.key === 'Enter') props.onPlayFrom(step)
    else if (Object.hasOwn(moves, event.key)) props.onVisit(step)
    else return
    event.preventDefault()
  }

  return (
    <>
      <div class="steps-head">
        <h2>Commands</h2>
        <div class="choice" role="group" aria-label="Which commands are listed">
          <button
            type="button"
            aria-pressed={!props.onlyStopped}
            onClick={() => props.onOnlyStopped(false)}
          >
            All {props.total}
          </button>
          <button
            type="button"
            aria-pressed={props.onlyStopped}
            onClick={() => props.onOnlyStopped(true)}
          >
            Denied {props.stopped}
          </button>
        </div>
      </div>
      <Show
        when={props.steps.length > 0}
        fallback={
          <p class="quiet">
            {props.onlyStopped ? 'Nothing was denied.' : 'Nothing was asked for.'}
          </p>
        }
      >
        <div
          class="steps"
          role="listbox"
          tabindex="0"
          aria-label="Commands: up and down to choose, Enter to play from there"
          aria-activedescendant={props.selected === null ? undefined : `step-${props.selected}`}
          onKeyDown={onKeyDown}
        >
          <For each={props.steps}>
            {step => (
              <StepLine
                step={step}
                live={props.live}
                selected={props.selected === step.seq}
                current={props.current === step.seq}
                onVisit={props.onVisit}
                onPlayFrom={props.onPlayFrom}
              />
            )}
          </For>
        </div>
        <p class="keys" aria-hidden="true">
          <kbd>space</kbd> play <kbd>j</kbd> <kbd>k</kbd> move <kbd>d</kbd> next denied <kbd>↵</kbd>{' '}
          play from here
        </p>
      </Show>
    </>
  )
}

function StepLine(props: {
  step: Step
  live: boolean
  selected: boolean
  current: boolean
  onVisit: (step: Step) => void
  onPlayFrom: (step: Step) => void
}): JSX.Element {
  const outcome = () => outcomeOf(props.step, props.live)
  const ranMs = (): number | null =>
    props.step.is === 'command' ? (props.step.end?.durationMs ?? null) : null
  return (
    <div
      id={`step-${props.step.seq}`}
      class="step"
      classList={{ stopped: wasStopped(props.step), current: props.current }}
      role="option"
      aria-selected={props.selected}
      onClick={() => props.onVisit(props.step)}
      onDblClick={() => props.onPlayFrom(props.step)}
    >
      <span class="at mono">{tapeTime(props.step.atMs)}</span>
      <span class="words mono">
        <Show when={props.step.is === 'request' && props.step}>
          {request => <span class="kind">{request().request}</span>}
        </Show>
        <SafeText text={lineOf(props.step)} />
      </span>
      <span class={`outcome ${outcome().tone}`}>{outcome().word}</span>
      <span class="under">
        <Show when={props.step.is === 'command' && props.step.unfiltered}>
          <UnfilteredBadge />{' '}
        </Show>
        <Show
          when={wasStopped(props.step)}
          fallback={<>{ranMs() === null ? '' : duration(ranMs() ?? 0)}</>}
        >
          <SafeText text={whyOf(props.step)} />
        </Show>
      </span>
    </div>
  )
}

const lineOf = (step: Step): string =>
  wordsOf(step.is === 'command' ? shownLine(step) : step.detail)

const whyOf = (step: Step): string => {
  const reason =
    step.is === 'request' ? step.reason : step.reasons.map(({ text }) => text).join('; ')
  return reason === '' ? `rule ${step.rule}` : reason
}
