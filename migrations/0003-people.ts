import type { Knex } from 'knex'

/** People in the browser. Of every token only the SHA-256 is here. */
export async function people(db: Knex): Promise<void> {
  await db.raw(`
      create table sallyport.sign_in_link (
        token_sha256 bytea primary key check (length(token_sha256) = 32),
        role text not null check (role in ('viewer', 'approver', 'administrator')),
        made_by text not null,
        made_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz not null
      );

      -- The primary key lets a link be used once, whoever comes at the same moment.
      create table sallyport.sign_in_link_use (
        token_sha256 bytea primary key references sallyport.sign_in_link,
        used_at timestamptz not null default clock_timestamp(),
        address text not null
      );

      create table sallyport.browser_session (
        token_sha256 bytea primary key check (length(token_sha256) = 32),
        person text not null,
        roles text[] not null,
        opened_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz not null
      );

      create table sallyport.browser_session_end (
        token_sha256 bytea primary key references sallyport.browser_session,
        ended_at timestamptz not null default clock_timestamp()
      );

      call sallyport.make_append_only('sign_in_link');
      call sallyport.make_append_only('sign_in_link_use');
      call sallyport.make_append_only('browser_session');
      call sallyport.make_append_only('browser_session_end');
    `)
}
