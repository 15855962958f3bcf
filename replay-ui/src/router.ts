import { createSignal } from 'solid-js'

/** Which page the address names. All that a page can be filtered by is in the query. */
export type Place =
  | { is: 'sign-in' }
  | { is: 'sessions' }
  | { is: 'session'; id: string }
  | { is: 'nowhere' }

const SESSION_PATH = /^\/sessions\/([0-9a-f-]{36})$/

export function readPlace(path: string): Place {
  if (path === '/') return { is: 'sessions' }
  if (path === '/sign-in') return { is: 'sign-in' }
  const id = SESSION_PATH.exec(path)?.[1]
  return id === undefined ? { is: 'nowhere' } : { is: 'session', id }
}

const [address, setAddress] = createSignal(readAddress(), {
  equals: (one, other) => one.path === other.path && one.search === other.search,
})

function readAddress(): { path: string; search: string } {
  return { path: location.pathname, search: location.search }
}

window.addEventListener('popstate', () => setAddress(readAddress()))

export const place = (): Place => readPlace(address().path)

export const query = (): URLSearchParams => new URLSearchParams(address().search)

/** Goes to an address of ours. */
export function go(to: string): void {
  history.pushState(null, '', to)
  setAddress(readAddress())
  window.scrollTo(0, 0)
}

/** Changes parts of the query; null takes one away. */
export function setQuery(
  changes: Readonly<Record<string, string | null>>,
  keepHistory: boolean,
): void {
  const next = query()
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  const search = next.toString()
  const to = search === '' ? address().path : `${address().path}?${search}`
  if (keepHistory) history.pushState(null, '', to)
  else history.replaceState(null, '', to)
  setAddress(readAddress())
}

/** Where to after signing in: a page of ours, whatever the address bar was made to say. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || next.startsWith('//')) return '/'
  const path = next.split('?', 1)[0] ?? ''
  const there = readPlace(path)
  return there.is === 'nowhere' || there.is === 'sign-in' ? '/' : next
}

/** Lets plain clicks on links to our own pages stay within the page. */
export function followLink(event: MouseEvent): void {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (!plain || event.defaultPrevented || link === null || link.download !== '') return
  if (link.origin !== location.origin || readPlace(link.pathname).is === 'nowhere') return
  event.preventDefault()
  go(link.pathname + link.search)
}
