import type { Knex } from 'knex'

/**
 * Sessions, their chained events and their recordings (server/core/audit/FORMAT.md).
 *
 * Bodies stand beside the events: one can be erased one day and the chain still stand. Events, bodies
 * and chunks are partitioned by range of session id, which is a UUIDv7: by day of session start.
 */
export async function evidence(db: Knex): Promise<void> {
  await db.raw(`
      create table sallyport.node (
        id text primary key,
        version text not null,
        started_at timestamptz not null default clock_timestamp(),
        heartbeat_at timestamptz not null default clock_timestamp(),
        stopped_at timestamptz,
        stop_reason text
      );
      create trigger refuse_change before update or delete on sallyport.node for each row
        execute function sallyport.refuse_other_change('heartbeat_at', 'stopped_at', 'stop_reason');
      create trigger refuse_truncate before truncate on sallyport.node for each statement
        execute function sallyport.refuse_change();

      create table sallyport.policy (
        digest text primary key check (digest = encode(sha256(convert_to(text, 'UTF8')), 'hex')),
        text text not null,
        stored_at timestamptz not null default clock_timestamp()
      );

      create table sallyport.session (
        id uuid primary key,
        header bytea not null,
        agent text not null,
        task text not null,
        on_behalf_of text,
        target text not null,
        login text not null,
        grant_id uuid not null references sallyport.access_grant,
        policy text not null,
        policy_digest text not null references sallyport.policy,
        ca_fingerprint text not null,
        certificate_serial numeric(20) not null,
        key_id text not null,
        -- Unsigned 64-bit seconds since 1970; the largest means for ever.
        certificate_valid_before numeric(20) not null,
        client_address text not null,
        node text not null references sallyport.node,
        started_at timestamptz not null,
        -- A cache of the session-closed event: verification recomputes it.
        ended_at timestamptz,
        end_reason text
      );
      create index session_agent on sallyport.session (agent, id);
      create index session_target on sallyport.session (target, id);
      create index session_task on sallyport.session (task, id);
      create index session_grant on sallyport.session (grant_id, id);
      create index session_live on sallyport.session (node, grant_id) where ended_at is null;
      create trigger refuse_change before update or delete on sallyport.session for each row
        execute function sallyport.refuse_other_change('ended_at', 'end_reason');
      create trigger refuse_truncate before truncate on sallyport.session for each statement
        execute function sallyport.refuse_change();

      create table sallyport.termination (
        session_id uuid primary key references sallyport.session,
        asked_at timestamptz not null default clock_timestamp(),
        asked_by text not null,
        reason text not null
      );
      create index termination_at on sallyport.termination (asked_at);

      create table sallyport.event (
        session_id uuid not null,
        seq bigint not null check (seq >= 0),
        at timestamptz not null,
        kind text not null,
        verdict text check (verdict in ('allow', 'ask', 'deny')),
        rule text,
        commitment bytea not null check (length(commitment) = 32),
        previous bytea not null check (length(previous) = 32),
        hash bytea not null,
        primary key (session_id, seq)
      ) partition by range (session_id);
      create index event_verdict on sallyport.event (session_id, verdict) where verdict is not null;

      create table sallyport.event_body (
        session_id uuid not null,
        seq bigint not null,
        salt bytea not null check (length(salt) = 16),
        body bytea not null,
        primary key (session_id, seq)
      ) partition by range (session_id);

      create table sallyport.recording_chunk (
        session_id uuid not null,
        chunk integer not null check (chunk >= 0),
        -- The event that says this chunk's digest.
        seq bigint not null,
        channel integer not null check (channel >= 0),
        from_ms bigint not null,
        to_ms bigint not null,
        -- Place in the channel's asciicast text, in bytes before compression.
        start_byte bigint not null,
        length integer not null,
        sha256 bytea not null check (length(sha256) = 32),
        -- Standard error: pairs of first and one-past-last byte within the chunk.
        stderr_ranges integer[] not null,
        codec text not null check (codec in ('br')),
        data bytea not null,
        -- For a node that takes up a dead node's spool: the last raw record that is in the text,
        -- and what of it is still held back as an unfinished character.
        last_record bigint not null,
        carry bytea not null,
        primary key (session_id, chunk)
      ) partition by range (session_id);
      -- Compressed already; trying again would only cost time.
      alter table sallyport.recording_chunk alter column data set storage external;

      -- Facts outside sessions. Each is a leaf of its own in the tree to come: id and commitment.
      create table sallyport.journal (
        id uuid primary key,
        at timestamptz not null,
        kind text not null,
        commitment bytea not null check (length(commitment) = 32)
      );
      create index journal_kind on sallyport.journal (kind, id);

      create table sallyport.journal_body (
        id uuid primary key references sallyport.journal,
        salt bytea not null check (length(salt) = 16),
        body bytea not null
      );

      call sallyport.make_append_only('policy');
      call sallyport.make_append_only('termination');
      call sallyport.make_append_only('event');
      call sallyport.make_append_only('event_body');
      call sallyport.make_append_only('recording_chunk');
      call sallyport.make_append_only('journal');
      call sallyport.make_append_only('journal_body');
    `)
  await db.raw(CHAIN)
  await db.raw(OBSTACLE)
  await db.raw(PARTITIONS)
}

/**
 * The database refuses an event that does not follow from the one before it. A node that was taken for
 * dead (a zombie) thereby cannot go on writing: the session's head is no longer the one it remembers.
 *
 * Dynamic SQL on the event's own partition: a plan for the parent would lock every partition, each time.
 * SQLSTATE SY001 is ours and means: this does not follow.
 */
const CHAIN = `
  create function sallyport.link_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  declare expected bytea;
  begin
    if new.seq = 0 then
      select sha256(convert_to(E'sallyport session v1\\n', 'UTF8') || header) into expected
        from sallyport.session where id = new.session_id;
    else
      execute format('select hash from sallyport.%I where session_id = $1 and seq = $2', tg_table_name)
        into expected using new.session_id, new.seq - 1;
    end if;
    if expected is distinct from new.previous then
      raise exception 'sallyport: event % of session % does not follow from the event before it', new.seq, new.session_id
        using errcode = 'SY001';
    end if;
    if new.hash is distinct from sha256('\\x01'::bytea || new.previous || int8send(new.seq) || new.commitment) then
      raise exception 'sallyport: event % of session % has a wrong hash', new.seq, new.session_id
        using errcode = 'SY002';
    end if;
    return new;
  end $$;

  create trigger link_event before insert on sallyport.event for each row
    execute function sallyport.link_event();

  create function sallyport.check_event_body() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  declare promised bytea;
  begin
    execute format('select commitment from sallyport.%I where session_id = $1 and seq = $2', replace(tg_table_name, 'event_body', 'event'))
      into promised using new.session_id, new.seq;
    if promised is distinct from sha256(new.salt || new.body) then
      raise exception 'sallyport: the body of event % of session % is not the one committed to', new.seq, new.session_id
        using errcode = 'SY002';
    end if;
    return new;
  end $$;

  create trigger check_event_body before insert on sallyport.event_body for each row
    execute function sallyport.check_event_body();

  create function sallyport.check_journal_body() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  begin
    if not exists (select from sallyport.journal where id = new.id and commitment = sha256(new.salt || new.body)) then
      raise exception 'sallyport: the body of journal entry % is not the one committed to', new.id
        using errcode = 'SY002';
    end if;
    return new;
  end $$;

  create trigger check_journal_body before insert on sallyport.journal_body for each row
    execute function sallyport.check_journal_body();
`

/** Why a session may run no more commands, as the database sees it now; null while it may. */
const OBSTACLE = `
  create function sallyport.grant_obstacle(which uuid) returns jsonb
  language sql stable as $$
    select case
      when g.id is null then jsonb_build_object('because', 'grant-unknown')
      when r.grant_id is not null then jsonb_build_object('because', 'grant-revoked', 'reason', r.reason)
      when clock_timestamp() >= g.expires_at then jsonb_build_object('because', 'grant-expired')
      when clock_timestamp() < g.starts_at then jsonb_build_object('because', 'grant-not-yet-good')
    end
    from (select which as id) asked
    left join sallyport.access_grant g on g.id = asked.id
    left join sallyport.revocation r on r.grant_id = asked.id
  $$;

  create function sallyport.certificate_obstacle(ca text, number numeric, name text, valid_before numeric) returns jsonb
  language sql stable as $$
    select case
      when exists (select from sallyport.certificate_revocation c where c.ca_fingerprint = ca and c.serial = number)
        or exists (select from sallyport.certificate_revocation c where c.key_id = name)
        then jsonb_build_object('because', 'certificate-revoked')
      when extract(epoch from clock_timestamp()) >= valid_before then jsonb_build_object('because', 'certificate-expired')
    end
  $$;

  create function sallyport.session_obstacle(which uuid) returns jsonb
  language sql stable as $$
    select coalesce(
      case when s.ended_at is not null then jsonb_build_object('because', 'ended', 'reason', coalesce(s.end_reason, '')) end,
      (select jsonb_build_object('because', 'terminated', 'by', t.asked_by, 'reason', t.reason)
         from sallyport.termination t where t.session_id = s.id),
      sallyport.grant_obstacle(s.grant_id),
      sallyport.certificate_obstacle(s.ca_fingerprint, s.certificate_serial, s.key_id, s.certificate_valid_before))
    from sallyport.session s where s.id = which
  $$;
`

/**
 * Makes the partitions from yesterday (a node's clock may be behind) to so many days ahead, and says
 * which day is the last. The application may call it but not create tables itself.
 *
 * Created first and attached then: CREATE TABLE … PARTITION OF would take an exclusive lock on the
 * parent and stop every writer behind the longest reader; ATTACH does not.
 */
const PARTITIONS = `
  create function sallyport.first_session_id(day date) returns uuid
  language sql immutable as $$
    select (lpad(to_hex((extract(epoch from day::timestamp) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
  $$;

  create function sallyport.make_partitions(days_ahead integer) returns date
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
  declare
    today date := (clock_timestamp() at time zone 'UTC')::date;
    last date := today + least(greatest(days_ahead, 0), 60);
    day date;
    parent text;
    partition text;
  begin
    perform pg_advisory_xact_lock(hashtextextended('sallyport make_partitions', 0));
    for day in select generate_series(today - 1, last, interval '1 day')::date loop
      foreach parent in array array['event', 'event_body', 'recording_chunk'] loop
        partition := parent || to_char(day, '_YYYYMMDD');
        continue when to_regclass(format('sallyport.%I', partition)) is not null;
        execute format('create table sallyport.%I (like sallyport.%I including all)', partition, parent);
        -- Statement triggers, unlike row triggers, are not passed on to partitions.
        execute format('create trigger refuse_truncate before truncate on sallyport.%I for each statement execute function sallyport.refuse_change()', partition);
        execute format('alter table sallyport.%I attach partition sallyport.%I for values from (%L) to (%L)',
          parent, partition, sallyport.first_session_id(day), sallyport.first_session_id(day + 1));
      end loop;
    end loop;
    return last;
  end $$;
`
