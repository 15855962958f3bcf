import { createSignal, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { shownLine, type Step } from '../../../server/core/replay/steps.ts'
import { mountTerminal } from '../playback/asciinema.ts'
import type { Deck } from '../playback/deck.ts'
import type { Size } from '../playback/screen.ts'
import { SafeText, wordsOf } from '../safe-text.tsx'
import { outcomeOf } from './step-wording.ts'

/** A cell at the size text is read at; how many of them the stage has room for follows. */
const CELL = { width: 8.2, height: 17.4 } as const
const SMALLEST: Size = { columns: 56, rows: 14 }
const LARGEST: Size = { columns: 160, rows: 44 }

/**
 * The terminal, and above it, outside of what a target can print on, the command it belongs to.
 */
export function Stage(props: {
  current: Step | null
  silent: boolean
  live: boolean
  partial: boolean
  fault: string | null
  insertTape: (room: Size) => { deck: Deck; size: Size }
  onToggle: () => void
}): JSX.Element {
  const [frameElement, setFrameElement] = createSignal<HTMLDivElement>()
  onMount(() => {
    const frame = frameElement()
    if (frame === undefined) return
    const { deck, size } = props.insertTape(roomIn(frame))
    const player = mountTerminal(frame, deck.driver, size)
    const text = frame.querySelector('.ap-term-text')
    text?.setAttribute('role', 'img')
    text?.setAttribute('aria-label', 'Terminal as it was at this moment')
    onCleanup(() => {
      deck.pause()
      player.dispose()
    })
  })
  return (
    <div class="stage">
      <div class="now">
        <Show when={props.current} fallback={<span class="quiet">before the first command</span>}>
          {step => (
            <>
              <span class={`mark ${outcomeOf(step(), props.live).tone}`} />
              <span class="words">
                <SafeText text={nameOf(step())} />
              </span>
            </>
          )}
        </Show>
      </div>
      <div class="screen" ref={setFrameElement} onDblClick={() => props.onToggle()}>
        <Show when={props.silent}>
          <p class="silence">{props.live ? 'Nothing was printed yet.' : 'Nothing was printed.'}</p>
        </Show>
      </div>
      <Show when={props.fault}>
        {message => (
          <p class="notice bad" role="alert">
            The recording cannot be played here: {message()}
          </p>
        )}
      </Show>
      <Show when={props.partial}>
        <p class="notice">
          This moment lies deep in a long recording: the screen was built from what was printed last
          before it.
        </p>
      </Show>
    </div>
  )
}

const nameOf = (step: Step): string =>
  step.is === 'command' ? wordsOf(shownLine(step)) : `${step.request} ${wordsOf(step.detail)}`

function roomIn(element: HTMLElement): Size {
  return {
    columns: within(element.clientWidth / CELL.width, SMALLEST.columns, LARGEST.columns),
    rows: within(element.clientHeight / CELL.height, SMALLEST.rows, LARGEST.rows),
  }
}

const within = (value: number, least: number, most: number): number =>
  Math.floor(Math.min(most, Math.max(least, value)))
