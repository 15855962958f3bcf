import type { ChannelFacts } from '../../../server/core/replay/steps.ts'
import { For, Show, type JSX } from 'solid-js'
import { castAddress } from '../api.ts'
import { tapeTime } from '../wording.ts'

const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const
const IDLE_LIMITS_MS = [500, 1000, 2000, 5000] as const

export function Controls(props: {
  session: string
  channels: readonly ChannelFacts[]
  channel: number | null
  playing: boolean
  atMs: number
  endMs: number
  speed: number
  idleLimitMs: number | null
  /** True when there is nothing to download. */
  silent: boolean
  onToggle: () => void
  onSpeed: (speed: number) => void
  onIdleLimitMs: (limit: number | null) => void
  onChannel: (channel: number | null) => void
}): JSX.Element {
  return (
    <div class="controls">
      <button type="button" class="play" onClick={() => props.onToggle()}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={props.playing ? 'M3 2h4v12H3zM9 2h4v12H9z' : 'M4 2l10 6-10 6z'} />
        </svg>
        {props.playing ? 'Pause' : 'Play'}
      </button>
      <span class="clock mono">
        {tapeTime(props.atMs)} <span class="quiet">/ {tapeTime(props.endMs)}</span>
      </span>
      <span class="spring" />
      <Show when={props.channels.length > 1}>
        <label>
          <span>Channel</span>
          <select
            value={props.channel === null ? 'all' : String(props.channel)}
            onChange={event => {
              const { value } = event.currentTarget
              props.onChannel(value === 'all' ? null : Number(value))
            }}
          >
            <option value="all">all {props.channels.length}</option>
            <For each={props.channels}>
              {({ channel, terminal }) => (
                <option value={String(channel)}>
                  {channel}
                  {terminal === null ? '' : ` · ${terminal.columns}×${terminal.rows}`}
                </option>
              )}
            </For>
          </select>
        </label>
      </Show>
      <label>
        <span>Speed</span>
        <select
          value={String(props.speed)}
          onChange={event => props.onSpeed(Number(event.currentTarget.value))}
        >
          <For each={SPEEDS}>{speed => <option value={String(speed)}>{speed}×</option>}</For>
        </select>
      </label>
      <label>
        <span>Silence up to</span>
        <select
          value={String(props.idleLimitMs)}
          onChange={event => {
            const { value } = event.currentTarget
            props.onIdleLimitMs(value === 'null' ? null : Number(value))
          }}
        >
          <For each={IDLE_LIMITS_MS}>
            {limit => <option value={String(limit)}>{limit / 1000} s</option>}
          </For>
          <option value="null">as it was</option>
        </select>
      </label>
      <Show when={!props.silent}>
        <Download session={props.session} channels={props.channels} channel={props.channel} />
      </Show>
    </div>
  )
}

/** A file holds one channel; with several to choose from, the choice comes first. */
function Download(props: {
  session: string
  channels: readonly ChannelFacts[]
  channel: number | null
}): JSX.Element {
  const one = (): number | null =>
    props.channel ?? (props.channels.length === 1 ? (props.channels[0]?.channel ?? null) : null)
  return (
    <Show when={one() !== null}>
      <a class="button" href={castAddress(props.session, one() ?? 0)} download="">
        .cast
      </a>
    </Show>
  )
}
