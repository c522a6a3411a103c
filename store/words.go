package store

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"

	"loquet/account"
	"loquet/fault"
)

// What is kept of an account for finding and ordering it, in bytes: together with the rest it must fit into an entry of
// an index, which in PostgreSQL has 2704 bytes at most.
const (
	longestKey   = 400
	longestWords = 1800
)

// keys is what an account is ordered and found by.
type keys struct {
	name, identifier []byte
	words            []string
}

func keysOf(a account.Account) keys {
	k := keys{name: shortened(a.SortName()), identifier: shortened(account.Fold(a.Identifier))}
	room := longestWords
	add := func(words []string) {
		for _, w := range words {
			if room -= len(w) + 1; room < 0 {
				return
			}
			k.words = append(k.words, w)
		}
	}
	for _, office := range a.Offices {
		add([]string{officeWord(office)})
	}
	add(a.Words())
	return k
}

func shortened(key string) []byte { return []byte(key[:min(len(key), longestKey)]) }

// text gives the words as the column has them: each after a blank.
func (k keys) text() string { return " " + strings.Join(k.words, " ") }

// officeWord gives a word that stands for an office, so that offices are filtered by as words are. Nobody can type one,
// and none begins another.
func officeWord(office string) string {
	sum := sha256.Sum256([]byte(office))
	return "=" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5])) + "="
}

// reword gives an account the keys and words of what it has now. Whoever changes its names, identifiers, offices or
// addresses calls it in the same transaction, after that, holding the account's row. It gives fault.Missing for no
// account.
func (r runner) reword(organisation, id string) error {
	person, _, err := r.person(organisation, id)
	if err != nil {
		return err
	}
	var before string
	err = r.one([]any{&before}, `select words from account where organisation = $1 and id = $2`, organisation, id)
	if err != nil {
		return fmt.Errorf("reading the words of an account: %w", err)
	}
	k := keysOf(person)
	err = r.guarded(`
		update account set name_key = $3, identifier_key = $4, words = $5 where organisation = $1 and id = $2`,
		organisation, id, k.name, k.identifier, k.text())
	if err != nil {
		return fmt.Errorf("keeping the words of an account: %w", err)
	}
	old := strings.Fields(before)
	if err := r.unword(organisation, id, slices.DeleteFunc(slices.Clone(old), among(k.words))); err != nil {
		return err
	}
	return r.word(organisation, id, slices.DeleteFunc(k.words, among(old)))
}

func among(words []string) func(string) bool {
	return func(w string) bool { return slices.Contains(words, w) }
}

// wordsTogether is how many words go in one statement.
const wordsTogether = 8

// word puts words of an account among those that lead to it.
func (r runner) word(organisation, id string, words []string) error {
	for some := range slices.Chunk(words, wordsTogether) {
		args := []any{organisation, id}
		for i := range wordsTogether {
			args = append(args, []byte(some[min(i, len(some)-1)])) // one text for any number: the last one again
		}
		_, err := r.exec(`
			insert into account_word (organisation, account, word)
			values ($1, $2, $3), ($1, $2, $4), ($1, $2, $5), ($1, $2, $6), ($1, $2, $7),
				($1, $2, $8), ($1, $2, $9), ($1, $2, $10)
			on conflict do nothing`, args...)
		if err != nil {
			return fmt.Errorf("keeping words: %w", err)
		}
	}
	return nil
}

func (r runner) unword(organisation, id string, words []string) error {
	for _, w := range words {
		_, err := r.exec(`delete from account_word where organisation = $1 and word = $2 and account = $3`,
			organisation, []byte(w), id)
		if err != nil {
			return fmt.Errorf("taking words away: %w", err)
		}
	}
	return nil
}

// fillTogether is how many accounts get their keys in one transaction.
const fillTogether = 200

// fill gives keys to the accounts that an earlier Loquet has written, a few at a time. It may be broken off, and run on
// several nodes: what it has not done is done the next time.
func (db *DB) fill(ctx context.Context) error {
	for {
		type name struct{ organisation, id string }
		var unkeyed []name
		err := db.read(ctx).each(`
			select organisation, id from account where words = '' order by organisation, id limit $1`, []any{fillTogether},
			func(scan func(...any) error) error {
				var n name
				err := scan(&n.organisation, &n.id)
				unkeyed = append(unkeyed, n)
				return err
			})
		if err != nil {
			return fmt.Errorf("finding accounts without keys: %w", err)
		}
		if len(unkeyed) == 0 {
			return nil
		}
		err = db.write(ctx, func(r runner) error {
			for _, n := range unkeyed {
				err := r.hold(n.organisation, n.id)
				if err == nil {
					err = r.reword(n.organisation, n.id)
				}
				if err != nil && !errors.Is(err, fault.Stale) && !errors.Is(err, fault.Missing) { // erased meanwhile
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("giving accounts their keys: %w", err)
		}
	}
}
