-- +goose Up
-- The programs behind the door, and what they hold of people. An earlier Loquet that still runs beside this one ends
-- sessions without what was given in them: that lives no longer than its own time.

create table application (
    organisation text not null references organisation (id),
    id text not null,
    name text not null,
    about text not null,
    url text not null,
    kind text not null,
    template text not null,
    own boolean not null,
    tile boolean not null,
    rule text not null,             -- JSON, here and below
    redirects text not null,
    logout_redirects text not null,
    back_channel text not null,     -- '' for none
    public boolean not null,
    no_pkce boolean not null,
    secret text not null,           -- a digest, '' for none
    signs text not null,
    pairwise boolean not null,
    created bigint not null,
    used bigint not null,
    revoked bigint not null,
    version bigint not null,
    primary key (organisation, id)
);

-- Codes, tokens and cookies are kept as digests. There is no foreign key to the account: what it held is kept, emptied,
-- until its applications have been told that it is gone.
create table oidc_grant (
    id text not null primary key,
    organisation text not null,
    application text not null,
    account text not null,
    family text not null,           -- of sessions, see session.family
    sid text not null,
    document bytea not null,
    code text not null,             -- '' for none, here and below
    code_until bigint not null,
    token text not null,
    opened bigint not null,
    used bigint not null,
    until bigint not null,
    ended bigint not null,
    ended_because text not null,
    finished bigint not null,       -- ended or, for those that have not, until: it is kept from then on
    version bigint not null,
    foreign key (organisation, application) references application (organisation, id)
);
create unique index oidc_grant_code on oidc_grant (organisation, code) where code <> '';
create unique index oidc_grant_token on oidc_grant (organisation, token) where token <> '';
create index oidc_grant_account on oidc_grant (organisation, account);
create index oidc_grant_application on oidc_grant (organisation, application, account) where ended = 0;
create index oidc_grant_sid on oidc_grant (organisation, sid) where sid <> '';
create index oidc_grant_finished on oidc_grant (finished);

-- The tokens that others have taken over from.
create table oidc_token (
    organisation text not null,
    digest text not null,
    oidc_grant text not null references oidc_grant (id) on delete cascade,
    primary key (organisation, digest)
);
create index oidc_token_grant on oidc_token (oidc_grant);

create table oidc_request (
    id text not null primary key,
    organisation text not null references organisation (id),
    application text not null,
    handle text not null,           -- '' for none
    document bytea not null,
    until bigint not null,
    over boolean not null,
    version bigint not null
);
create unique index oidc_request_handle on oidc_request (organisation, handle) where handle <> '';
create index oidc_request_until on oidc_request (until);

create table consent (
    organisation text not null,
    account text not null,
    application text not null,
    scopes text not null,           -- JSON
    given bigint not null,
    primary key (organisation, account, application),
    foreign key (organisation, account) references account (organisation, id) on delete cascade
);
create index consent_application on consent (organisation, application);

create table signing_key (
    id text not null primary key,
    organisation text not null references organisation (id),
    algorithm text not null,
    sealed bytea not null,
    signs bigint not null,          -- from then on
    until bigint not null,
    gone bigint not null
);
create unique index signing_key_once on signing_key (organisation, algorithm, signs);
