import type { Knex } from 'knex'

/** When browser sessions were used, to the minute: idle time must be the same on every node. */
export async function browserSessionUse(db: Knex): Promise<void> {
  await db.raw(`
      create table sallyport.browser_session_use (
        token_sha256 bytea references sallyport.browser_session,
        used_at timestamptz not null default clock_timestamp(),
        primary key (token_sha256, used_at)
      );

      call sallyport.make_append_only('browser_session_use');
    `)
}
