import { Show, type JSX } from 'solid-js'
import type { SessionSummary } from '../../../server/core/ports/archive.ts'
import { SafeText, wordsOf } from '../safe-text.tsx'
import { UnfilteredBadge } from '../unfiltered-badge.tsx'
import { ago, clockTime, duration, isoTime } from '../wording.ts'

export function SessionRow(props: { session: SessionSummary; nowMs: number }): JSX.Element {
  const session = (): SessionSummary => props.session
  const isLive = (): boolean => session().endedAtMs === null
  const address = (): string => `/sessions/${session().id}`
  return (
    <tr role="row" classList={{ 'has-denials': session().denied > 0 }}>
      <td role="cell" class="when">
        <a href={address()} title={isoTime(session().startedAtMs)}>
          {clockTime(session().startedAtMs)}
        </a>
        <small>{ago(session().startedAtMs, props.nowMs)}</small>
      </td>
      <td role="cell" class="agent">
        <a class="cover" href={address()} tabindex="-1" aria-hidden="true" />
        <b>{session().agent}</b>
        <small>
          {session().task}
          <Show when={session().onBehalfOf}>{person => <> · for {person()}</>}</Show>
        </small>
      </td>
      <td role="cell" class="target">
        <span class="mono">
          {session().login}@{session().target}
        </span>
        <small>{session().policy}</small>
        <Show when={session().unfiltered}>
          {' '}
          <UnfilteredBadge />
        </Show>
      </td>
      <td role="cell" class="headline">
        <Show when={session().headline}>
          {line => (
            <span class="mono" classList={{ bad: session().denied > 0 }}>
              <SafeText text={wordsOf(line())} />
            </span>
          )}
        </Show>
      </td>
      <td role="cell" class="number allowed">
        {session().allowed}
      </td>
      <td role="cell" class="number denied">
        <Show when={session().denied > 0} fallback={<span class="none">0</span>}>
          <span class="badge bad">{session().denied}</span>
        </Show>
      </td>
      <td role="cell" class="length">
        <Show
          when={isLive()}
          fallback={<span>{duration((session().endedAtMs ?? 0) - session().startedAtMs)}</span>}
        >
          <span class="badge live">live</span>
        </Show>
        <small>
          {isLive() ? duration(props.nowMs - session().startedAtMs) : session().endReason}
        </small>
      </td>
    </tr>
  )
}
