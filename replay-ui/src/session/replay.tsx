import {
  createEffect,
  createMemo,
  createSignal,
  onCleanup,
  onMount,
  Show,
  untrack,
  type JSX,
} from 'solid-js'
import type { StoredChunk } from '../../../server/core/ports/archive.ts'
import type { SessionPage } from '../../../server/core/replay/answers.ts'
import { wasStopped, type Step } from '../../../server/core/replay/steps.ts'
import { fetchChunk } from '../api.ts'
import { openDeck, type Deck } from '../playback/deck.ts'
import { openScreen, type Size } from '../playback/screen.ts'
import { openTape } from '../playback/tape.ts'
import { query, setQuery } from '../router.ts'
import { Controls } from './controls.tsx'
import { keyFor } from './keys.ts'
import { StepDetail } from './step-detail.tsx'
import { StepList } from './step-list.tsx'
import { lastMomentMs, settledMs, stepAt, tellingStep } from './step-wording.ts'
import { Stage } from './stage.tsx'
import { Timeline } from './timeline.tsx'

/** Room after the last moment, so that one sees the end before the player stops. */
const AFTERGLOW_MS = 800
const DEFAULT_IDLE_LIMIT_MS = 2_000
const JUMP_MS = 5_000

/** The player and the list of what was decided, moving together. */
export function Replay(props: { page: SessionPage; chunks: readonly StoredChunk[] }): JSX.Element {
  const isLive = (): boolean => props.page.session.endedAtMs === null
  const channel = (): number | null => readNumber(query().get('channel'))
  const onlyStopped = (): boolean => query().get('show') === 'stopped'
  const ofChannel = <One extends { channel: number | null }>(all: readonly One[]): One[] =>
    all.filter(one => channel() === null || one.channel === channel())
  const chunks = createMemo(() => ofChannel(props.chunks))
  const steps = createMemo(() => ofChannel(props.page.steps))
  const listed = createMemo(() => (onlyStopped() ? steps().filter(wasStopped) : steps()))
  const endMs = createMemo(
    () =>
      lastMomentMs(
        steps(),
        chunks().map(chunk => chunk.toMs),
      ) + AFTERGLOW_MS,
  )

  const [atMs, setAtMs] = createSignal(0)
  const [playing, setPlaying] = createSignal(false)
  const [partial, setPartial] = createSignal(false)
  const [fault, setFault] = createSignal<string | null>(null)
  const [speed, setSpeed] = createSignal(1)
  const [idleLimitMs, setIdleLimitMs] = createSignal<number | null>(DEFAULT_IDLE_LIMIT_MS)
  const [selected, setSelected] = createSignal<number | null>(readNumber(query().get('step')))
  const current = createMemo(() => stepAt(steps(), atMs()))
  const selectedStep = createMemo(() => steps().find(step => step.seq === selected()) ?? null)
  let deck: Deck | null = null

  /** Makes the machinery for one choice of channel; the stage calls it once it knows its room. */
  const insertTape = (room: Size): { deck: Deck; size: Size } => {
    const known = untrack(chunks)
    const tape = openTape(known, chunk => fetchChunk(props.page.session.id, chunk))
    const screen = openScreen(
      untrack(() => ofChannel(props.page.channels)),
      room,
    )
    const made = openDeck({
      tape,
      screen,
      endMs,
      live: isLive,
      nextStepMs: afterMs => steps().find(step => step.atMs > afterMs)?.atMs ?? null,
      listener: {
        time: setAtMs,
        playing: setPlaying,
        partial: setPartial,
        fault: setFault,
      },
      nextFrame: callback => requestAnimationFrame(callback),
    })
    made.setSpeed(untrack(speed))
    made.setIdleLimitMs(untrack(idleLimitMs))
    const first = untrack(selectedStep)
    if (first !== null) {
      made.seek(settledMs(first))
    } else if (untrack(isLive)) {
      // A live session is looked at for what is happening now.
      made.seek(untrack(endMs))
      made.play()
    } else {
      const telling = untrack(() => tellingStep(steps()))
      if (telling !== null) {
        setSelected(telling.seq)
        made.pose(settledMs(telling))
      }
    }
    createEffect(() => tape.grow(chunks()))
    deck = made
    return { deck: made, size: screen.size }
  }

  // Read before the call: what is read behind `?.` is not followed while there is no deck yet.
  createEffect(() => {
    const wanted = speed()
    deck?.setSpeed(wanted)
  })
  createEffect(() => {
    const wanted = idleLimitMs()
    deck?.setIdleLimitMs(wanted)
  })
  // While it plays, the list follows; while it stands, the list stays where the reader put it.
  createEffect(() => {
    const step = current()
    if (playing() && step !== null) setSelected(step.seq)
  })

  const select = (step: Step): void => {
    setSelected(step.seq)
    setQuery({ step: String(step.seq) }, false)
  }
  /** Shows what a step led to; while it plays, how it came to that. */
  const visit = (step: Step): void => {
    select(step)
    deck?.seek(playing() ? step.atMs : settledMs(step))
  }
  const playFrom = (step: Step): void => {
    select(step)
    deck?.seek(step.atMs)
    deck?.play()
  }
  const toggle = (): void => (playing() ? deck?.pause() : deck?.play())
  const jump = (step: Step | undefined): void => {
    if (step !== undefined) visit(step)
  }
  const neighbour = (direction: 1 | -1, wanted: (step: Step) => boolean): Step | undefined => {
    const here = selected() ?? current()?.seq ?? -1
    return direction === 1
      ? listed().find(step => step.seq > here && wanted(step))
      : listed().findLast(step => step.seq < here && wanted(step))
  }

  const onKey = (event: KeyboardEvent): void => {
    const key = keyFor(event)
    if (key === null) return
    event.preventDefault()
    event.stopPropagation()
    switch (key) {
      case 'toggle':
        return toggle()
      case 'next':
        return jump(neighbour(1, () => true))
      case 'previous':
        return jump(neighbour(-1, () => true))
      case 'next-stopped':
        return jump(neighbour(1, wasStopped))
      case 'previous-stopped':
        return jump(neighbour(-1, wasStopped))
      case 'back':
        return deck?.seek(atMs() - JUMP_MS)
      case 'forward':
        return deck?.seek(atMs() + JUMP_MS)
    }
  }
  onMount(() => {
    // Before the player hears it: it has shortcuts of its own, for things it is not asked to do here.
    window.addEventListener('keydown', onKey, true)
    onCleanup(() => window.removeEventListener('keydown', onKey, true))
  })

  return (
    <div class="replay">
      <section class="stage-column" aria-label="Replay">
        <Show when={String(channel() ?? 'all')} keyed>
          <Stage
            current={current()}
            silent={chunks().length === 0}
            live={isLive()}
            partial={partial()}
            fault={fault()}
            insertTape={insertTape}
            onToggle={toggle}
          />
        </Show>
        <Timeline atMs={atMs()} endMs={endMs()} steps={steps()} onSeek={toMs => deck?.seek(toMs)} />
        <Controls
          session={props.page.session.id}
          channels={props.page.channels}
          channel={channel()}
          playing={playing()}
          atMs={atMs()}
          endMs={endMs()}
          speed={speed()}
          idleLimitMs={idleLimitMs()}
          silent={chunks().length === 0}
          onToggle={toggle}
          onSpeed={setSpeed}
          onIdleLimitMs={setIdleLimitMs}
          onChannel={chosen => {
            deck?.pause()
            setAtMs(0)
            setFault(null)
            setQuery({ channel: chosen === null ? null : String(chosen), step: null }, true)
          }}
        />
      </section>
      <section class="steps-column" aria-label="Commands">
        <StepList
          steps={listed()}
          stopped={steps().filter(wasStopped).length}
          total={steps().length}
          onlyStopped={onlyStopped()}
          onOnlyStopped={only => setQuery({ show: only ? 'stopped' : null }, false)}
          selected={selected()}
          current={current()?.seq ?? null}
          live={isLive()}
          onVisit={visit}
          onSelect={select}
          onPlayFrom={playFrom}
        />
        <Show when={selectedStep()}>
          {step => <StepDetail step={step()} live={isLive()} onPlayFrom={playFrom} />}
        </Show>
      </section>
    </div>
  )
}

function readNumber(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}
