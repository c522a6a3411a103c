-- +goose Up
-- What people prove themselves with beside the password. What an earlier Loquet has written, or one that still runs
-- beside this one writes, has none of it, wants no second proof (false) and was never asked for one (0).

alter table account add column second boolean not null default false;
alter table account add column asked bigint not null default 0;

create table passkey (
    organisation text not null,
    id text not null,
    account text not null,
    host text not null,
    key text not null, -- public, base64
    count bigint not null,
    model text not null,
    name text not null,
    transports text not null,
    verifies boolean not null,
    synced boolean not null,
    backed_up boolean not null,
    created bigint not null,
    used bigint not null,
    primary key (organisation, id),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index passkey_account on passkey (organisation, account);

create table app (
    organisation text not null,
    account text not null,
    seed text not null, -- the secret itself is derived from it
    step bigint not null, -- the last one that was accepted
    created bigint not null,
    used bigint not null,
    primary key (organisation, account),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);

-- The sheet of printed codes that is in force. The codes themselves are derived from its id.
create table sheet (
    organisation text not null,
    account text not null,
    id text not null,
    made bigint not null,
    kept boolean not null, -- on paper, as its owner said
    primary key (organisation, account),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);

create table printed (
    organisation text not null,
    digest text not null,
    account text not null,
    position bigint not null,
    used bigint not null,
    primary key (organisation, digest),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index printed_account on printed (organisation, account);

-- Challenges that were answered. They name no organisation: its ID is under their MAC, so that no other one gives the
-- same; and no account, because whoever is erased must not answer again.
create table spent (
    challenge text not null primary key,
    until bigint not null -- when it would have ended anyway
);
create index spent_until on spent (until);
