import { createSignal, onCleanup, onMount, Show, type JSX } from 'solid-js'
import { createStore, reconcile } from 'solid-js/store'
import type { StoredChunk } from '../../../server/core/ports/archive.ts'
import type { SessionPage } from '../../../server/core/replay/answers.ts'
import { fetchChunkIndex, fetchSession, Refused } from '../api.ts'
import { Facts } from './facts.tsx'
import { Replay } from './replay.tsx'

/** Recordings reach the database within two seconds, so asking sooner would only ask more. */
const FOLLOW_MS = 2_000
/** Asked for again: channels are uploaded side by side, so a number may come after a higher one. */
const OVERLAP_CHUNKS = 16

/** Everything about one session: who and why on top, the replay and what was decided below. */
export function SessionPageView(props: { id: string; onSignedOut: () => void }): JSX.Element {
  const [loaded, setLoaded] = createStore<{ page: SessionPage | null }>({ page: null })
  const [chunks, setChunks] = createSignal<readonly StoredChunk[]>([])
  const [fault, setFault] = createSignal<string | null>(null)

  let loading = false
  const load = async (opening: boolean): Promise<void> => {
    if (loading) return
    loading = true
    try {
      const page = await fetchSession(props.id, opening)
      const known = new Set(chunks().map(({ chunk }) => chunk))
      const after = Math.max(-1, (chunks().at(-1)?.chunk ?? -1) - OVERLAP_CHUNKS)
      const { chunks: found } = await fetchChunkIndex(props.id, after)
      const added = found.filter(({ chunk }) => !known.has(chunk))
      if (added.length > 0) setChunks([...chunks(), ...added])
      setLoaded('page', reconcile(page, { key: 'seq' }))
      setFault(null)
    } catch (error) {
      if (error instanceof Refused && error.status === 401) props.onSignedOut()
      else setFault(error instanceof Error ? error.message : String(error))
    } finally {
      loading = false
    }
  }

  onMount(() => {
    document.title = `${props.id.slice(0, 8)} · Sallyport`
    void load(true)
    const timer = setInterval(() => {
      const live = loaded.page !== null && loaded.page.session.endedAtMs === null
      if (live && !document.hidden) void load(false)
    }, FOLLOW_MS)
    onCleanup(() => clearInterval(timer))
  })

  return (
    <main id="main" class="session">
      <Show when={fault()}>
        {message => (
          <p class="notice bad" role="alert">
            {message()}
          </p>
        )}
      </Show>
      <Show when={loaded.page} fallback={<p class="quiet">{fault() === null ? 'Loading…' : ''}</p>}>
        {page => (
          <>
            <Facts page={page()} />
            <Replay page={page()} chunks={chunks()} />
          </>
        )}
      </Show>
    </main>
  )
}
