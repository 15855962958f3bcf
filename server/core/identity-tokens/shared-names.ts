import type { TrustedIssuer } from './issuer.ts'

/**
 * Templates with which one issuer could name another's agents. Whoever controls a claim at the one
 * would choose an identity at the other, so their names must begin with different text.
 */
export function findSharedNames(issuers: readonly TrustedIssuer[]): string[] {
  const templates = issuers.flatMap(({ agents, issuer }) =>
    agents
      .filter(({ agent }) => agent.includes('{'))
      .map(({ agent }) => ({ issuer, agent, beginning: agent.split('{', 1)[0] ?? '' })),
  )
  const issuerNames = issuers.map(({ issuer }) => issuer)
  const repeated = issuerNames.filter((name, index) => issuerNames.indexOf(name) !== index)
  return [
    ...new Set(repeated.map(name => `issuers: ${name} is listed twice; put its agents together`)),
    ...templates.flatMap((one, index) =>
      templates
        .slice(index + 1)
        .filter(other => other.issuer !== one.issuer && couldMeet(one.beginning, other.beginning))
        .map(
          other =>
            `issuers: ${one.issuer} (${one.agent}) and ${other.issuer} (${other.agent}) could name the same agent; begin their templates with different text`,
        ),
    ),
  ]
}

const couldMeet = (one: string, other: string): boolean =>
  one.startsWith(other) || other.startsWith(one)
