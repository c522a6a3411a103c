-- +goose Up
-- What an earlier Loquet has written, or one that still runs beside this one writes, has no keys: its words are ''.
-- Opening the database fills them in. Keys are bytes, so that both engines order them alike; SQLite knows no bytea, and
-- keeps bytes as bytes whatever a column is called.

alter table account add column leaves bigint not null default 0;
alter table account add column signed_in bigint not null default 0;
alter table account add column mobile_proven boolean not null default false;
alter table account add column name_key bytea not null default '';
alter table account add column identifier_key bytea not null default '';
alter table account add column words text not null default ''; -- each after a blank, so that ' mar' finds how one begins

-- One index for each order of a list of people. It holds all that a filter asks of a row, so that walking along it past
-- those who do not fit reads nothing else.
create index account_by_name on account (organisation, name_key, id, role, state, words);
create index account_by_identifier on account (organisation, identifier_key, id, role, state, words);
create index account_by_role on account (organisation, role, name_key, id, state, words);
create index account_by_state on account (organisation, state, name_key, id, role, words);
create index account_by_signed_in on account (organisation, signed_in, name_key, id, role, state, words);
create index account_unkeyed on account (organisation, id) where words = '';
create index account_leaving on account (leaves) where leaves > 0 and state <> 'disabled';

-- The words of account.words by themselves: rare ones lead to their accounts at once. There is no foreign key, because
-- erasing an account would have to search for its rows here.
create table account_word (
    organisation text not null,
    word bytea not null,
    account text not null,
    primary key (organisation, word, account)
);

alter table organisation add column offices text not null default '[]';

alter table issue add column sent_to text not null default '';

create index journal_target on journal (organisation, target, number);
create index journal_actor on journal (organisation, actor, number);
create index journal_act on journal (organisation, act, number);
create index journal_at on journal (organisation, at, number);

create index outbox_letter on outbox (organisation, created, id);
create index outbox_failed on outbox (organisation, created, id) where state = 'failed';
