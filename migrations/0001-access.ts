import type { Knex } from 'knex'

/** Who may reach what. Every table here holds facts: a removal or a revocation is a fact of its own. */
export async function access(db: Knex): Promise<void> {
  await db.raw(`
      create function sallyport.refuse_change() returns trigger
      language plpgsql as $$
      begin
        raise exception 'sallyport: % on table % is refused: what is written stays written', tg_op, tg_table_name
          using errcode = '42501';
      end $$;

      -- Roles forget (an owner may do anything), so triggers refuse as well.
      create procedure sallyport.make_append_only(name text)
      language plpgsql as $$
      begin
        execute format('create trigger refuse_change before update or delete on sallyport.%I for each row execute function sallyport.refuse_change()', name);
        execute format('create trigger refuse_truncate before truncate on sallyport.%I for each statement execute function sallyport.refuse_change()', name);
      end $$;

      -- Names columns that may change; every other change, and every removal, is refused.
      create function sallyport.refuse_other_change() returns trigger
      language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and to_jsonb(old) - tg_argv = to_jsonb(new) - tg_argv then
          return new;
        end if;
        raise exception 'sallyport: % on table % is refused: only % may change', tg_op, tg_table_name, array_to_string(tg_argv, ', ')
          using errcode = '42501';
      end $$;

      create table sallyport.target (
        id uuid primary key,
        name text not null check (name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
        host text not null,
        port integer not null check (port between 1 and 65535),
        logins text[] not null check (cardinality(logins) > 0),
        trust_by text not null check (trust_by in ('host-key', 'host-ca')),
        trust_key text not null,
        key_file text,
        shell text not null check (shell in ('bash', 'sh')),
        tags text[] not null,
        restricted boolean not null,
        added_at timestamptz not null default clock_timestamp(),
        added_by text not null
      );
      create index target_name on sallyport.target (name);
      create index target_address on sallyport.target (host, port);

      create table sallyport.target_removal (
        target_id uuid primary key references sallyport.target,
        removed_at timestamptz not null default clock_timestamp(),
        removed_by text not null
      );

      -- grant is a reserved word of SQL.
      create table sallyport.access_grant (
        id uuid primary key,
        agent text not null,
        task text not null,
        target text not null,
        login text not null,
        policy text not null,
        on_behalf_of text,
        reason text not null,
        created_by text not null,
        approved_by text,
        created_at timestamptz not null default clock_timestamp(),
        starts_at timestamptz not null,
        expires_at timestamptz not null check (expires_at > starts_at),
        max_sessions integer check (max_sessions > 0)
      );
      create index access_grant_agent on sallyport.access_grant (agent, target, expires_at);
      create index access_grant_target on sallyport.access_grant (target, created_at);

      create table sallyport.revocation (
        grant_id uuid primary key references sallyport.access_grant,
        revoked_at timestamptz not null default clock_timestamp(),
        revoked_by text not null,
        reason text not null
      );
      create index revocation_at on sallyport.revocation (revoked_at);

      create sequence sallyport.certificate_serial;

      -- Serials are unsigned 64-bit numbers (PROTOCOL.certkeys), which bigint cannot hold.
      create table sallyport.certificate_issue (
        serial numeric(20) primary key,
        agent text not null,
        task text,
        key_id text not null,
        key_fingerprint text not null,
        valid_after numeric(20) not null,
        valid_before numeric(20) not null,
        issued_at timestamptz not null default clock_timestamp(),
        issued_by text not null
      );

      create table sallyport.certificate_revocation (
        id uuid primary key,
        ca_fingerprint text,
        serial numeric(20),
        key_id text,
        revoked_at timestamptz not null default clock_timestamp(),
        revoked_by text not null,
        reason text not null,
        -- Serial 0 is what certificates without a serial carry: it would revoke them all.
        check ((key_id is not null and ca_fingerprint is null and serial is null)
            or (key_id is null and ca_fingerprint is not null and serial > 0))
      );
      create index certificate_revocation_serial on sallyport.certificate_revocation (ca_fingerprint, serial);
      create index certificate_revocation_key_id on sallyport.certificate_revocation (key_id);
      create index certificate_revocation_at on sallyport.certificate_revocation (revoked_at);

      call sallyport.make_append_only('target');
      call sallyport.make_append_only('target_removal');
      call sallyport.make_append_only('access_grant');
      call sallyport.make_append_only('revocation');
      call sallyport.make_append_only('certificate_issue');
      call sallyport.make_append_only('certificate_revocation');
    `)
}
