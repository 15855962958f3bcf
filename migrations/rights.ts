/**
 * What the application may do, table by table; whatever is not here, it may not. Granted anew at every
 * start, so that this list is the truth.
 */
export const APPLICATION_RIGHTS: Readonly<Record<string, string>> = {
  target: 'select, insert',
  target_removal: 'select, insert',
  access_grant: 'select, insert',
  revocation: 'select, insert',
  access_request: 'select, insert',
  access_request_answer: 'select, insert',
  certificate_issue: 'select, insert',
  certificate_revocation: 'select, insert',
  policy: 'select, insert',
  session: 'select, insert, update (ended_at, end_reason)',
  termination: 'select, insert',
  event: 'select, insert',
  event_body: 'select, insert',
  recording_chunk: 'select, insert',
  journal: 'select, insert',
  journal_body: 'select, insert',
  node: 'select, insert, update (heartbeat_at, stopped_at, stop_reason)',
  sign_in_link: 'select, insert',
  sign_in_link_use: 'select, insert',
  browser_session: 'select, insert',
  browser_session_end: 'select, insert',
  browser_session_use: 'select, insert',
  access_report: 'select',
  knex_migrations: 'select',
}

/** The statements that give `role` these rights and take every other away. `role` is a quoted identifier. */
export function rightsStatements(role: string): string[] {
  return [
    'revoke all on schema sallyport from public',
    `revoke all on all tables in schema sallyport from public, ${role}`,
    `revoke all on all routines in schema sallyport from public, ${role}`,
    `grant usage on schema sallyport to ${role}`,
    ...Object.entries(APPLICATION_RIGHTS).map(
      ([table, rights]) => `grant ${rights} on sallyport.${table} to ${role}`,
    ),
    `grant usage on sequence sallyport.certificate_serial to ${role}`,
    `grant execute on all functions in schema sallyport to ${role}`,
  ]
}
