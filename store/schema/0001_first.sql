-- +goose Up
-- One text for SQLite and PostgreSQL. Times and durations are BIGINT microseconds, times in UTC with 0 for never. Ids
-- and JSON are TEXT; JSON is never queried. Every row says whose organisation it is of.

create table setting (
    key text not null primary key,
    value text not null
);

create table organisation (
    id text not null primary key,
    slug text not null unique,
    name text not null,
    preset text not null,
    wording text not null,
    language text not null,
    time_zone text not null,
    policy text not null,
    contact text not null,
    legal text not null,
    appearance text not null,
    news text not null,
    tiles text not null,
    version bigint not null,
    created bigint not null
);

-- A host name leads to one organisation only, so its uniqueness is the one that spans organisations.
create table host (
    name text not null primary key,
    organisation text not null references organisation (id),
    position bigint not null
);
create index host_organisation on host (organisation, position);

create table document (
    organisation text not null references organisation (id),
    id text not null,
    title text not null,
    file text not null,
    media text not null,
    size bigint not null,
    body text not null, -- base64
    guide boolean not null,
    position bigint not null,
    primary key (organisation, id)
);

create table account (
    organisation text not null references organisation (id),
    id text not null,
    identifier text not null,
    given_name text not null,
    family_name text not null,
    role text not null,
    offices text not null,
    household text not null,
    state text not null,
    must_renew boolean not null,
    mobile text not null,
    language text not null,
    password text not null, -- PHC string, '' without one
    version bigint not null,
    created bigint not null,
    renewed bigint not null, -- when the password was last chosen
    primary key (organisation, id)
);
create index account_identifier on account (organisation, identifier);
create index account_mobile on account (organisation, mobile) where mobile <> '';

-- Rows are never deleted, not even with their account: an identifier is never given to someone else (ATK-077). That is
-- why there is no foreign key here.
create table identifier (
    organisation text not null,
    key text not null,
    account text not null,
    typed text not null,
    position bigint not null, -- 0 for the one printed on letters, then the aliases
    primary key (organisation, key)
);
create index identifier_account on identifier (organisation, account);

create table email (
    organisation text not null,
    account text not null,
    key text not null,
    address text not null,
    proven boolean not null,
    unreachable boolean not null,
    position bigint not null,
    primary key (organisation, account, key),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index email_key on email (organisation, key);

create table issue (
    organisation text not null,
    id text not null,
    account text not null,
    digest text not null,
    code_digest text not null,
    issued bigint not null,
    expires bigint not null,
    used bigint not null,
    ended bigint not null,
    opened_session text not null,
    primary key (organisation, id),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index issue_digest on issue (organisation, digest);
create index issue_code_digest on issue (organisation, code_digest);
create index issue_account on issue (organisation, account);

create table session (
    id text not null primary key,
    organisation text not null,
    account text not null,
    stage text not null,
    opened bigint not null,
    seen bigint not null,
    idle bigint not null,
    until bigint not null,
    remembered boolean not null,
    issue text not null,
    proof text not null,
    device text not null,
    address text not null,
    ended bigint not null,
    ended_because text not null,
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index session_account on session (organisation, account);

create table rate (
    key text not null primary key,
    tat bigint not null -- theoretical arrival time
);

create table outbox (
    id text not null primary key,
    organisation text not null,
    account text not null,
    kind text not null,
    recipient text not null,
    payload text not null, -- '' once it is over
    created bigint not null,
    due bigint not null,
    expires bigint not null,
    attempts bigint not null,
    state text not null,
    ready bigint not null, -- when a worker may take it: due, or the end of the lease
    said text not null,
    finished bigint not null
);
create index outbox_ready on outbox (ready, id) where finished = 0;

create table journal_head (
    organisation text not null primary key references organisation (id),
    number bigint not null,
    chain text not null,
    base_number bigint not null, -- the last entry that was purged, 0 for none
    base_chain text not null     -- its chain, which the first one kept follows
);

create table journal (
    organisation text not null,
    number bigint not null,
    at bigint not null,
    act text not null,
    actor text not null,
    target text not null,
    address text not null,
    device text not null,
    detail text not null,
    chain text not null,
    primary key (organisation, number)
);
