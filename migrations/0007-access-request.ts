import type { Knex } from 'knex'

/** What agents ask for at the counter, and the answers. A request without an answer lapses by its age. */
export async function accessRequest(db: Knex): Promise<void> {
  await db.raw(`
      create table sallyport.access_request (
        id uuid primary key,
        agent text not null,
        task text not null,
        on_behalf_of text,
        target text not null,
        login text,
        policy text,
        for_ms bigint not null check (for_ms > 0),
        reason text not null,
        key_id text not null,
        client_address text not null,
        made_at timestamptz not null default clock_timestamp()
      );
      create index access_request_made on sallyport.access_request (made_at);
      create index access_request_agent on sallyport.access_request (agent, made_at);

      -- The primary key lets a request be answered once, whoever answers at the same moment.
      create table sallyport.access_request_answer (
        request_id uuid primary key references sallyport.access_request,
        grant_id uuid references sallyport.access_grant,
        denied_because text,
        answered_at timestamptz not null default clock_timestamp(),
        answered_by text not null,
        check ((grant_id is null) <> (denied_because is null))
      );

      call sallyport.make_append_only('access_request');
      call sallyport.make_append_only('access_request_answer');
    `)
}
