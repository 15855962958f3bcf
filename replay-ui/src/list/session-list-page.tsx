import { createEffect, createResource, For, onCleanup, onMount, Show, type JSX } from 'solid-js'
import type { SessionList } from '../../../server/core/replay/answers.ts'
import { fetchSessions, Refused } from '../api.ts'
import { query, setQuery } from '../router.ts'
import { Filters } from './filters.tsx'
import { SessionRow } from './session-row.tsx'

/** Live sessions change while one looks; every 5 s is soon enough for a list. */
const REFRESH_MS = 5_000

export function SessionListPage(props: { onSignedOut: () => void }): JSX.Element {
  const [list, { refetch }] = createResource(
    () => query().toString(),
    async (search): Promise<SessionList> => {
      try {
        return await fetchSessions(new URLSearchParams(search))
      } catch (error) {
        if (error instanceof Refused && error.status === 401) props.onSignedOut()
        throw error
      }
    },
  )
  onMount(() => {
    const timer = setInterval(() => {
      if (!document.hidden && !list.loading) void refetch()
    }, REFRESH_MS)
    onCleanup(() => clearInterval(timer))
  })
  createEffect(() => {
    document.title = 'Sessions · Sallyport'
  })

  /** The last answer stays while the next is fetched, so that rows do not jump. */
  const shown = (): SessionList | undefined => (list.error === undefined ? list.latest : undefined)

  return (
    <main id="main" class="sessions">
      <h1>Sessions</h1>
      <Filters />
      <Show when={list.error as Error | undefined}>
        {error => (
          <p class="notice bad" role="alert">
            {error().message}
          </p>
        )}
      </Show>
      <Show when={shown()} fallback={<p class="quiet">Loading…</p>}>
        {page => (
          <>
            <Show
              when={page().sessions.length > 0}
              fallback={<p class="quiet">{emptySentence()}</p>}
            >
              <div class="table-frame">
                <table role="table">
                  <thead role="rowgroup">
                    <tr role="row">
                      <th role="columnheader" scope="col">
                        Started (UTC)
                      </th>
                      <th role="columnheader" scope="col">
                        Agent
                      </th>
                      <th role="columnheader" scope="col">
                        Target
                      </th>
                      <th role="columnheader" scope="col">
                        First line, or first denied
                      </th>
                      <th role="columnheader" scope="col" class="number">
                        Allowed
                      </th>
                      <th role="columnheader" scope="col" class="number">
                        Denied
                      </th>
                      <th role="columnheader" scope="col">
                        Length
                      </th>
                    </tr>
                  </thead>
                  <tbody role="rowgroup">
                    <For each={page().sessions}>
                      {session => <SessionRow session={session} nowMs={page().nowMs} />}
                    </For>
                  </tbody>
                </table>
              </div>
            </Show>
            <nav class="paging" aria-label="Pages of the list">
              <Show when={query().has('before')}>
                <button type="button" onClick={() => setQuery({ before: null }, true)}>
                  Newest
                </button>
              </Show>
              <Show when={page().next}>
                {next => (
                  <button type="button" onClick={() => setQuery({ before: next() }, true)}>
                    Older
                  </button>
                )}
              </Show>
            </nav>
          </>
        )}
      </Show>
    </main>
  )
}

function emptySentence(): string {
  return query().size > 0
    ? 'No session matches these filters.'
    : 'No session yet. An agent opens one with: ssh LOGIN+TARGET@bastion'
}
