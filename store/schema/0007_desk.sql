-- +goose Up
-- Calls for help, what was done about them, and since when a mobile has been in force. What an earlier Loquet writes
-- beside this one has no cases, and says nothing of its mobiles: mobile_dated is then not the number in force, and
-- mobile_since is about another one.

alter table account add column mobile_since bigint not null default 0;
alter table account add column mobile_dated text not null default ''; -- the number that mobile_since is about

update account set mobile_dated = mobile, mobile_since = coalesce((
    select max(c.moved) from address_change c
    where c.organisation = account.organisation and c.account = account.id and c.kind = 'mobile' and c.replaced <> ''
        and c.moved > account.created), account.created)
where mobile <> '';

-- The account may be gone while the case is kept, which is why there is no foreign key to it.
create table desk_case (
    organisation text not null references organisation (id),
    id text not null,
    number text not null,
    account text not null, -- '' while nobody was named
    reason text not null,
    said text not null,
    caller text not null,
    opened bigint not null,
    opened_by text not null, -- identifier of an operator, here and below
    closed bigint not null,
    standing text not null,
    checked bigint not null,
    checked_by text not null,
    paper_kinds text not null, -- JSON
    siret text not null,
    paper_note text not null,
    touched bigint not null, -- when anything happened last: it is kept from then on
    version bigint not null,
    primary key (organisation, id)
);
create index desk_case_open on desk_case (opened) where closed = 0;
create index desk_case_opened on desk_case (opened);
create index desk_case_account on desk_case (organisation, account) where account <> '';
create index desk_case_touched on desk_case (touched);

create table desk_step (
    organisation text not null,
    desk_case text not null,
    number bigint not null, -- 1, 2, 3 … within the case
    at bigint not null,
    operator text not null, -- '' for the program and for the owner's link
    what text not null,
    detail text not null,
    primary key (organisation, desk_case, number),
    foreign key (organisation, desk_case) references desk_case (organisation, id) on delete cascade
);

-- The code that was sent last in a case. Its digits are derived from its id.
create table desk_code (
    organisation text not null,
    desk_case text not null,
    id text not null,
    operator text not null,
    sent bigint not null,
    expires bigint not null,
    tries bigint not null,
    used bigint not null,
    primary key (organisation, desk_case),
    foreign key (organisation, desk_case) references desk_case (organisation, id) on delete cascade
);
create index desk_code_id on desk_code (organisation, id);

create table deed (
    organisation text not null,
    id text not null,
    desk_case text not null,
    account text not null,
    act text not null,
    checked text not null, -- how the caller was checked
    state text not null,
    address text not null,
    manager text not null, -- the new one, as JSON
    proposed bigint not null,
    proposed_by text not null,
    seconded bigint not null,
    seconded_by text not null,
    until bigint not null,
    stop_digest text not null, -- '' without a link
    primary key (organisation, id),
    foreign key (organisation, desk_case) references desk_case (organisation, id) on delete cascade
);
create index deed_case on deed (organisation, desk_case);
create index deed_account on deed (organisation, account);
create index deed_stop on deed (organisation, stop_digest) where stop_digest <> '';
create index deed_open on deed (until) where state in ('proposed', 'waiting');
create unique index deed_once on deed (organisation, desk_case, account, act) where state in ('proposed', 'waiting');
