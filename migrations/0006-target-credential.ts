import type { Knex } from 'knex'

/** Targets that take a certificate for each session instead of a key that is held. */
export async function targetCredential(db: Knex): Promise<void> {
  await db.raw(`
      -- Added with a default, so that the version before goes on registering targets that hold a key.
      alter table sallyport.target
        add column credential text not null default 'key' check (credential in ('key', 'certificate')),
        -- own: the address of the bastion's connection; any; or a list of networks.
        add column source_address text,
        add constraint target_credential_whole check (
          case credential
            when 'certificate' then key_file is null and source_address is not null
            else source_address is null
          end);
    `)
}
