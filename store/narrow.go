package store

import (
	"fmt"
	"strconv"
	"strings"

	"loquet/account"
	"loquet/admin"
)

// narrow is one thing that whoever is listed must fit.
type narrow struct {
	word          string // begins one of the account's words; or else
	column, value string // a column has this value
}

func narrowsOf(s admin.Search) []narrow {
	var all []narrow
	for _, w := range account.FilterWords(s.Filter) {
		all = append(all, narrow{word: w})
	}
	if s.Office != "" {
		all = append(all, narrow{word: officeWord(s.Office)})
	}
	if s.Role != "" {
		all = append(all, narrow{column: "role", value: plain(string(s.Role))})
	}
	if s.State != "" {
		all = append(all, narrow{column: "state", value: plain(string(s.State))})
	}
	return all
}

// query is a statement that is being written. Its text depends on what kind of things are asked, never on their values.
type query struct {
	strings.Builder
	args []any
}

func newQuery(organisation string) *query { return &query{args: []any{organisation}} }

// arg gives the name of an argument.
func (q *query) arg(value any) string {
	q.args = append(q.args, value)
	return "$" + strconv.Itoa(len(q.args))
}

// who writes a statement that gives the accounts that fit a condition, some of them more than once.
func (q *query) who(n narrow) {
	if n.word == "" {
		fmt.Fprintf(q, `select b.id as account from account b where b.organisation = $1 and b.%s = %s`, n.column, q.arg(n.value))
		return
	}
	q.WriteString(`select w.account from account_word w where w.organisation = $1`)
	q.begins("w.word", n.word)
}

// begins writes that a column of bytes begins with a word. No text has the byte that is counted up.
func (q *query) begins(column, word string) {
	after := []byte(word)
	after[len(after)-1]++
	fmt.Fprintf(q, " and %s >= %s and %[1]s < %[3]s", column, q.arg([]byte(word)), q.arg(after))
}

// test writes a condition in a form that keeps an engine from choosing an index for it.
func (s search) test(q *query, n narrow) {
	if n.word == "" {
		fmt.Fprintf(q, " and a.%s || '' = %s", n.column, q.arg(n.value))
		return
	}
	fmt.Fprintf(q, " and "+s.holds, "a.words", q.arg(" "+n.word))
}

// mostRead is how many people are read to be ordered and counted here. Where even the rarest condition fits more, walking
// along the order soon meets enough who fit.
const mostRead = 3000

// rarest gives the condition that the fewest fit; nil without any, and when each fits more than are read at once.
func (s search) rarest() (*narrow, error) {
	var best *narrow
	least := s.most + 1
	for i, n := range s.narrows {
		q := newQuery(s.organisation)
		q.WriteString(`select count(*) from (`)
		q.who(n)
		fmt.Fprintf(q, ` limit %s) as few`, q.arg(least))
		var count int
		if err := s.one([]any{&count}, q.String(), q.args...); err != nil {
			return nil, fmt.Errorf("counting who fits: %w", err)
		}
		if count < least {
			best, least = &s.narrows[i], count
		}
	}
	return best, nil
}
