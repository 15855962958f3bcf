import type { Knex } from 'knex'

/** Tells nodes at once that something ended, and answers an auditor in one query. */
export async function feedAndReport(db: Knex): Promise<void> {
  await db.raw(`
      -- The notice carries nothing: whoever hears it asks, so a lost or forged one does no harm.
      create function sallyport.announce_ending() returns trigger
      language plpgsql as $$
      begin
        perform pg_notify('sallyport_endings', '');
        return null;
      end $$;
      create trigger announce_ending after insert on sallyport.revocation for each statement
        execute function sallyport.announce_ending();
      create trigger announce_ending after insert on sallyport.certificate_revocation for each statement
        execute function sallyport.announce_ending();
      create trigger announce_ending after insert on sallyport.termination for each statement
        execute function sallyport.announce_ending();

      -- A body's JSON. An agent may put NUL into a command line, which jsonb refuses: it is shown as a picture of NUL.
      create function sallyport.body_json(body bytea) returns jsonb
      language plpgsql immutable as $$
      begin
        return convert_from(body, 'UTF8')::jsonb;
      exception when others then
        begin
          -- Pairs of backslashes are set aside (as a character that JSON has only escaped), so that text
          -- about the escape is not taken for the escape.
          return replace(replace(replace(convert_from(body, 'UTF8'),
            '\\\\', chr(1)), '\\u0000', '\\u2400'), chr(1), '\\\\')::jsonb;
        exception when others then
          return jsonb_build_object('unreadable', encode(body, 'base64'));
        end;
      end $$;

      -- Who was granted what, for how long, what they did and what they were denied: one row per grant and session.
      create view sallyport.access_report as
        select
          g.id as grant_id, g.agent, g.task, g.on_behalf_of, g.target, g.login, g.policy, g.reason,
          g.created_by, g.approved_by, g.created_at, g.starts_at, g.expires_at,
          r.revoked_at, r.revoked_by,
          least(g.expires_at, coalesce(r.revoked_at, 'infinity')) - g.starts_at as granted_for,
          s.id as session_id, s.policy_digest, s.client_address, s.node,
          s.started_at, s.ended_at, s.end_reason,
          e.did, e.denied
        from sallyport.access_grant g
        left join sallyport.revocation r on r.grant_id = g.id
        left join sallyport.session s on s.grant_id = g.id
        left join lateral (
          select
            coalesce(jsonb_agg(said.entry order by said.seq) filter (where said.ran), '[]') as did,
            coalesce(jsonb_agg(said.entry order by said.seq) filter (where not said.ran), '[]') as denied
          from (
            select
              v.seq,
              v.kind = 'command-decided' and j.body ->> 'forwarded' is not null as ran,
              jsonb_build_object(
                'seq', v.seq, 'at', v.at, 'verdict', v.verdict, 'rule', v.rule,
                'line', case v.kind
                  when 'command-decided' then coalesce(j.body #>> '{line,text}', j.body #>> '{line,base64}')
                  else j.body ->> 'request'
                end) as entry
            from sallyport.event v
            left join sallyport.event_body b on b.session_id = v.session_id and b.seq = v.seq
            cross join lateral (select sallyport.body_json(b.body) as body) j
            where v.session_id = s.id and v.verdict is not null
          ) said
        ) e on true;
    `)
}
