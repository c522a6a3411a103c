-- +goose Up
-- What became of a letter after it was handed over. What an earlier Loquet has written, or one that still runs beside
-- this one writes, says no more than its state ('').

alter table outbox add column outcome text not null default '';
alter table outbox add column status text not null default '';    -- the code of RFC 3463, '' for none
alter table outbox add column reported bigint not null default 0; -- when a report came, 0 for never
alter table outbox add column reporter text not null default '';  -- the server whose words are in said, '' for our own

create index outbox_account on outbox (organisation, account, created, id);
create index outbox_lost on outbox (organisation, created, id) where state = 'failed' or outcome = 'bounced';
