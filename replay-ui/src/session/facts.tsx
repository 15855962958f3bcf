import { For, Show, type JSX } from 'solid-js'
import type { SessionPage } from '../../../server/core/replay/answers.ts'
import { SafeText } from '../safe-text.tsx'
import { UnfilteredBadge } from '../unfiltered-badge.tsx'
import { clockTime, duration, isoTime } from '../wording.ts'

/** Who, for whom, on what, under what: the first thing a responder asks. */
export function Facts(props: { page: SessionPage }): JSX.Element {
  const session = () => props.page.session
  const isLive = (): boolean => session().endedAtMs === null
  const endMs = (): number => session().endedAtMs ?? props.page.nowMs
  return (
    <section class="facts" aria-label="About this session">
      <h1>
        <b>{session().agent}</b>
        <span class="arrow" aria-label="on">
          →
        </span>
        <span class="mono">
          {session().login}@{session().target}
        </span>
      </h1>
      <p class="line">
        task{' '}
        <a href={`/?task=${encodeURIComponent(session().task)}`}>
          <b>{session().task}</b>
        </a>
        <Show when={session().onBehalfOf}>
          {person => (
            <>
              {' '}
              for <b>{person()}</b>
            </>
          )}
        </Show>
        <span class="dot">·</span>
        <time datetime={isoTime(session().startedAtMs)}>
          {clockTime(session().startedAtMs)} UTC
        </time>
        <span class="dot">·</span>
        {duration(endMs() - session().startedAtMs)}
        <span class="dot">·</span>
        {session().allowed} allowed
        <Show when={session().denied > 0}>
          {' '}
          <span class="badge bad">{session().denied} denied</span>
        </Show>
        <Show when={isLive()}>
          {' '}
          <span class="badge live">live</span>
        </Show>
        <Show when={props.page.facts.unfiltered}>
          {' '}
          <UnfilteredBadge />
        </Show>
        <Show when={props.page.facts.observed}>
          {' '}
          <span class="badge warn" title="The policy judges and records, but lets everything pass">
            observe mode
          </span>
        </Show>
      </p>
      <details>
        <summary>Grant, policy, certificate, addresses</summary>
        <dl>
          <For each={rowsOf(props.page)}>
            {([name, value, link]) => (
              <div>
                <dt>{name}</dt>
                <dd>
                  <Show when={link} fallback={<SafeText text={value} />}>
                    {to => (
                      <a href={to()}>
                        <SafeText text={value} />
                      </a>
                    )}
                  </Show>
                </dd>
              </div>
            )}
          </For>
        </dl>
      </details>
    </section>
  )
}

function rowsOf(page: SessionPage): [name: string, value: string, link?: string][] {
  const { session, facts } = page
  const rows: [string, string | null, string?][] = [
    ['session', session.id],
    ['grant', session.grant, `/?grant=${encodeURIComponent(session.grant)}`],
    ['policy', session.policy],
    ['policy digest', session.policyDigest],
    ['key id', facts.keyId],
    ['client', [session.clientAddress, facts.clientVersion].filter(Boolean).join(' · ')],
    ['target', [facts.targetAddress, facts.targetHostKey].filter(Boolean).join(' · ') || null],
    ['target failed', facts.targetFault],
    ['node', session.node],
    ['started', isoTime(session.startedAtMs)],
    ['ended', session.endedAtMs === null ? null : isoTime(session.endedAtMs)],
    ['end', session.endReason],
  ]
  return rows.flatMap(([name, value, link]) => {
    if (value === null || value === '') return []
    return [link === undefined ? [name, value] : [name, value, link]]
  })
}
