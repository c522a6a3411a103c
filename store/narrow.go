package store

import (
	"fmt"
	"slices"
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

// who writes a statement that gives the accounts that fit all of some conditions; that fit one, some of them
// repeatedly.
func (q *query) who(all []narrow) {
	for i, n := range all {
		if i > 0 {
			q.WriteString(` intersect `)
		}
		if n.word == "" {
			fmt.Fprintf(q, `select b.id as account from account b where b.organisation = $1 and b.%s = %s`,
				n.column, q.arg(n.value))
			continue
		}
		q.WriteString(`select w.account from account_word w where w.organisation = $1`)
		q.begins("w.word", n.word)
	}
}

// begins writes that a column of bytes begins with a word. No text has the byte that is counted up.
func (q *query) begins(column, word string) {
	after := []byte(word)
	after[len(after)-1]++
	fmt.Fprintf(q, " and %s >= %s and %[1]s < %[3]s", column, q.arg([]byte(word)), q.arg(after))
}

// test writes a condition in a form for which no engine chooses an index, and from which none concludes that few fit.
func (s search) test(q *query, n narrow) {
	text, part := "a.words", " "+n.word
	if n.word == "" {
		text, part = "' ' || a."+n.column+" || ' '", " "+n.value+" "
	}
	fmt.Fprintf(q, " and "+s.holds, text, q.arg(part))
}

// Reading one person costs as much as passing ten by in an index, or in a list of a word. So a few are read, to be
// ordered and counted here; with more, walking along the order soon meets enough who fit.
const (
	mostRead = 2000
	mostMet  = 20_000 // in the lists of words that are put together to find the few
)

// leads gives the one condition, or the two, that lead to no more people than are read at once; none when nothing does.
func (s search) leads() ([]narrow, error) {
	type counted struct {
		narrow
		people int
	}
	var rare []counted
	most := mostMet
	for _, n := range s.narrows {
		people, err := s.howMany([]narrow{n}, most+1)
		if err != nil {
			return nil, err
		}
		if people <= most {
			rare = append(rare, counted{n, people})
		}
		if people <= s.most {
			most = people
		}
	}
	slices.SortStableFunc(rare, func(a, b counted) int { return a.people - b.people })
	if len(rare) > 0 && rare[0].people <= s.most {
		return []narrow{rare[0].narrow}, nil
	}
	if len(rare) < 2 {
		return nil, nil
	}
	both := []narrow{rare[0].narrow, rare[1].narrow}
	people, err := s.howMany(both, s.most+1)
	if err != nil || people > s.most {
		return nil, err
	}
	return both, nil
}

func (s search) howMany(fit []narrow, most int) (n int, err error) {
	q := newQuery(s.organisation)
	q.WriteString(`select count(*) from (`)
	q.who(fit)
	fmt.Fprintf(q, ` limit %s) as few`, q.arg(most))
	if err := s.one([]any{&n}, q.String(), q.args...); err != nil {
		return 0, fmt.Errorf("counting who fits: %w", err)
	}
	return n, nil
}
