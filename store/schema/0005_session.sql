-- +goose Up
-- What an earlier Loquet has written, or one that still runs beside this one writes, proves nothing (0), is the first of
-- its chain ('') and was issued when it was opened (0).

alter table session add column proved bigint not null default 0;
alter table session add column family text not null default '';
alter table session add column issued bigint not null default 0;
alter table session add column confirmed boolean not null default false;
alter table session add column successor text not null default '';
