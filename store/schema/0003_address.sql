-- +goose Up
-- Changes of an address on their way, and those whose old address may still object. Their links are kept as digests.

create table address_change (
    organisation text not null,
    id text not null,
    account text not null,
    kind text not null,
    address text not null,
    state text not null,
    asked bigint not null,
    asked_by text not null,
    device text not null,
    guarded boolean not null,
    proven boolean not null,
    moved bigint not null,      -- when it came to its state
    until bigint not null,      -- when the time of its state is over
    confirm_digest text not null, -- '' where no link was sent
    stop_digest text not null,
    letter text not null,       -- in the outbox, to the new address
    replaced text not null,     -- what was in force before, as JSON; '' while that is still in force
    primary key (organisation, id),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index address_change_account on address_change (organisation, account, kind);
create index address_change_confirm on address_change (organisation, confirm_digest) where confirm_digest <> '';
create index address_change_stop on address_change (organisation, stop_digest) where stop_digest <> '';
create index address_change_due on address_change (until) where state in ('asked', 'confirmed');
create index address_change_until on address_change (until);
