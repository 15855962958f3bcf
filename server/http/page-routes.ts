import type { Assets } from './assets.ts'
import type { Route } from './router.ts'

/**
 * The page and its files. They hold nothing about anybody, so anyone may have them; what they show
 * comes from the API, which asks who is there.
 */
export function pageRoutes(assets: Assets): Route[] {
  const page: Route['handle'] = async () => assets.page()
  return [
    { method: 'GET', path: '/', access: 'anyone', handle: page },
    { method: 'GET', path: '/sign-in', access: 'anyone', handle: page },
    { method: 'GET', path: '/sessions/:id', access: 'anyone', handle: page },
    {
      method: 'GET',
      path: '/assets/:name',
      access: 'anyone',
      handle: async asked => assets.file(asked.parameters['name'] ?? ''),
    },
  ]
}
