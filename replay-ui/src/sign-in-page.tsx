import { createSignal, Match, onCleanup, onMount, Show, Switch, type JSX } from 'solid-js'
import type { RefusedSignIn } from '../../server/core/replay/answers.ts'
import { fetchWaysIn, signIn } from './api.ts'
import { go, query, safeNext } from './router.ts'

type SigningIn =
  | { is: 'asking' }
  | { is: 'waiting-for-link' }
  | { is: 'left' }
  | { is: 'turned-away'; message: string }
  | { is: 'refused'; message: string }

/**
 * Uses up the one-time link. The token stands in the fragment, which browsers send to nobody: it is
 * in no log, and a program that previews links cannot use it up.
 */
export function SignInPage(): JSX.Element {
  const [state, setState] = createSignal<SigningIn>({ is: 'waiting-for-link' })

  const useLink = async (): Promise<void> => {
    const token = location.hash.slice(1)
    if (token === '') {
      const message = TURNED_AWAY.get(query().get('refused') ?? '')
      if (message !== undefined) setState({ is: 'turned-away', message })
      else setState({ is: query().has('left') ? 'left' : 'waiting-for-link' })
      return
    }
    // Out of the address bar and the history before anything else can go wrong.
    history.replaceState(null, '', location.pathname + location.search)
    setState({ is: 'asking' })
    try {
      await signIn(token)
      go(safeNext(query().get('next')))
    } catch (error) {
      setState({ is: 'refused', message: error instanceof Error ? error.message : String(error) })
    }
  }
  const onHash = (): void => void useLink()
  onMount(() => {
    document.title = 'Sign in · Sallyport'
    window.addEventListener('hashchange', onHash)
    void useLink()
  })
  onCleanup(() => window.removeEventListener('hashchange', onHash))

  return (
    <main id="main" class="sign-in">
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1 2h3v2h2V2h4v2h2V2h3v13h-4v-4a3 3 0 0 0-6 0v4H1z" />
      </svg>
      <h1>Sallyport</h1>
      <div role="status" aria-live="polite">
        <Switch>
          <Match when={state().is === 'asking'}>
            <p>Signing you in…</p>
          </Match>
          <Match when={state().is === 'left'}>
            <p>You are signed out.</p>
            <HowTo />
          </Match>
          <Match when={state().is === 'waiting-for-link'}>
            <p>You are not signed in.</p>
            <HowTo />
          </Match>
          <Match when={turnedAwayMessage(state())}>
            {message => (
              <>
                <p class="notice bad">{message()}</p>
                <HowTo />
              </>
            )}
          </Match>
          <Match when={refusedMessage(state())}>
            {message => (
              <>
                <p class="notice bad">This link did not sign you in: {message()}.</p>
                <HowTo />
              </>
            )}
          </Match>
        </Switch>
      </div>
    </main>
  )
}

/** What came of the way through the identity provider, in words for whoever came back. */
const TURNED_AWAY: ReadonlyMap<string, string> = new Map<RefusedSignIn, string>([
  ['begin-again', 'That sign-in could not be completed, or took too long. Begin again.'],
  ['provider-away', 'The identity provider does not answer. Try again in a moment.'],
  ['no-role', 'You are known, but have no role here. Ask an administrator to give you one.'],
  ['too-many', 'Too many attempts. Try again in a minute.'],
])

function HowTo(): JSX.Element {
  const [provider, setProvider] = createSignal<string | null>(null)
  onMount(() => {
    fetchWaysIn()
      .then(ways => setProvider(ways.provider))
      // The link still works; whoever has none is told by the link that something is wrong.
      .catch(() => setProvider(null))
  })
  return (
    <>
      <Show when={provider()}>
        {name => (
          <p>
            <a class="button" href={providerAddress()}>
              Sign in with <bdi>{name()}</bdi>
            </a>
          </p>
        )}
      </Show>
      <p>
        {provider() === null ? 'Somebody' : 'Or somebody'} on the bastion host makes a one-time link
        for you:
      </p>
      <pre class="shell">sallyport sign-in</pre>
      <p class="small">A link works once, and only for a few minutes.</p>
    </>
  )
}

const providerAddress = (): string => {
  const next = safeNext(query().get('next'))
  return `/api/sign-in/oidc?${new URLSearchParams({ next }).toString()}`
}

const turnedAwayMessage = (state: SigningIn): string | null =>
  state.is === 'turned-away' ? state.message : null

const refusedMessage = (state: SigningIn): string | null =>
  state.is === 'refused' ? state.message : null
