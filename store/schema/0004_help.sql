-- +goose Up
-- Every text that a help page has had in an organisation, but for the one that comes with the program. Rows are never
-- changed and never deleted: what people were told stays known (H11).
create table help_revision (
    organisation text not null references organisation (id),
    page text not null,
    language text not null,
    number bigint not null, -- 1, 2, 3 … of this page in this language, without gaps
    text text not null,
    restores bigint not null, -- the number of the revision that it brought back, 0 for the shipped text, -1 for none
    author text not null,     -- an account's ID; the account may be gone
    at bigint not null,
    primary key (organisation, page, language, number)
);
