import { For, Show, type JSX } from 'solid-js'
import { query, setQuery } from '../router.ts'

const NAMES = ['agent', 'task', 'target'] as const

/** What the list shows. It all stands in the address, so a link shows somebody else the same. */
export function Filters(): JSX.Element {
  const set = (name: string, value: string | null): void =>
    setQuery({ [name]: value, before: null }, true)
  const active = (): boolean =>
    [...NAMES, 'grant', 'live', 'denied'].some(name => query().has(name))

  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter sessions"
      onSubmit={event => event.preventDefault()}
    >
      <For each={NAMES}>
        {name => (
          <label>
            <span>{name}</span>
            <input
              type="text"
              name={name}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={query().get(name) ?? ''}
              onChange={event => set(name, event.currentTarget.value.trim())}
            />
          </label>
        )}
      </For>
      <button
        type="button"
        class="toggle denied"
        aria-pressed={query().get('denied') === 'true'}
        onClick={() => set('denied', query().get('denied') === 'true' ? null : 'true')}
      >
        With denials
      </button>
      <button
        type="button"
        class="toggle live"
        aria-pressed={query().get('live') === 'true'}
        onClick={() => set('live', query().get('live') === 'true' ? null : 'true')}
      >
        Live now
      </button>
      <Show when={query().get('grant')}>
        {grant => (
          <button
            type="button"
            class="toggle"
            aria-pressed="true"
            onClick={() => set('grant', null)}
          >
            grant {grant().slice(0, 13)}… ×
          </button>
        )}
      </Show>
      <Show when={active()}>
        <button
          type="button"
          class="plain"
          onClick={() =>
            setQuery(
              {
                agent: null,
                task: null,
                target: null,
                grant: null,
                live: null,
                denied: null,
                before: null,
              },
              true,
            )
          }
        >
          Clear
        </button>
      </Show>
    </form>
  )
}
