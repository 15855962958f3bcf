import {
  createResource,
  createSignal,
  Match,
  onCleanup,
  onMount,
  Show,
  Switch,
  type JSX,
} from 'solid-js'
import type { Me } from '../../server/core/replay/answers.ts'
import { fetchMe, Refused, signOut } from './api.ts'
import { SessionListPage } from './list/session-list-page.tsx'
import { followLink, go, place } from './router.ts'
import { SessionPageView } from './session/session-page.tsx'
import { SignInPage } from './sign-in-page.tsx'

export function App(): JSX.Element {
  onMount(() => document.addEventListener('click', followLink))
  onCleanup(() => document.removeEventListener('click', followLink))
  return (
    <Show when={place().is !== 'sign-in'} fallback={<SignInPage />}>
      <SignedIn />
    </Show>
  )
}

/** Everything behind the sign-in. Who is not signed in is sent there, and back afterwards. */
function SignedIn(): JSX.Element {
  const [fault, setFault] = createSignal<string | null>(null)
  const [me] = createResource<Me | null>(async () => {
    try {
      return await fetchMe()
    } catch (error) {
      if (error instanceof Refused && error.status === 401) toSignIn()
      else setFault(error instanceof Error ? error.message : String(error))
      return null
    }
  })
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Masthead me={me() ?? null} />
      <Show when={fault()}>{message => <p class="notice bad">{message()}</p>}</Show>
      <Show when={me()}>
        <Switch>
          <Match when={place().is === 'sessions'}>
            <SessionListPage onSignedOut={toSignIn} />
          </Match>
          <Match when={sessionId()} keyed>
            {id => <SessionPageView id={id} onSignedOut={toSignIn} />}
          </Match>
          <Match when={place().is === 'nowhere'}>
            <main id="main" class="quiet">
              <h1>There is nothing at this address</h1>
              <p>
                <a href="/">All sessions</a>
              </p>
            </main>
          </Match>
        </Switch>
      </Show>
    </>
  )
}

function Masthead(props: { me: Me | null }): JSX.Element {
  const leave = async (): Promise<void> => {
    // Whatever the bastion says, this browser is done: the cookie is gone or was no good.
    await signOut().catch(() => undefined)
    go('/sign-in?left')
  }
  return (
    <header class="masthead">
      <a class="brand" href="/">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1 2h3v2h2V2h4v2h2V2h3v13h-4v-4a3 3 0 0 0-6 0v4H1z" />
        </svg>
        Sallyport
      </a>
      <nav aria-label="Pages">
        <a href="/" aria-current={place().is === 'sessions' ? 'page' : undefined}>
          Sessions
        </a>
      </nav>
      <Show when={props.me}>
        {me => (
          <div class="who">
            <span title={`signed in as ${me().roles.join(', ')}`}>{me().user}</span>
            <button type="button" class="plain" onClick={() => void leave()}>
              Sign out
            </button>
          </div>
        )}
      </Show>
    </header>
  )
}

function sessionId(): string | null {
  const here = place()
  return here.is === 'session' ? here.id : null
}

function toSignIn(): void {
  const next = location.pathname + location.search
  go(next === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(next)}`)
}
