import { createSignal, Match, onCleanup, onMount, Switch, type JSX } from 'solid-js'
import { signIn } from './api.ts'
import { go, query, safeNext } from './router.ts'

type SigningIn =
  | { is: 'asking' }
  | { is: 'waiting-for-link' }
  | { is: 'left' }
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
      setState({ is: query().has('left') ? 'left' : 'waiting-for-link' })
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

function HowTo(): JSX.Element {
  return (
    <>
      <p>Somebody on the bastion host makes a one-time link for you:</p>
      <pre class="shell">sallyport sign-in</pre>
      <p class="small">A link works once, and only for a few minutes.</p>
    </>
  )
}

const refusedMessage = (state: SigningIn): string | null =>
  state.is === 'refused' ? state.message : null
