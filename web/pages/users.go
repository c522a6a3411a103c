package pages

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"loquet/account"
)

// query gives the filter as an address has it, without where in the table one is.
func (p Users) query() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("q", p.Filter)
	set("role", string(p.Role))
	set("state", string(p.State))
	set("office", p.Office)
	set("sort", p.Sort)
	if p.Descending {
		q.Set("desc", "1")
	}
	return q
}

func link(path string, q url.Values) templ.SafeURL {
	if len(q) == 0 {
		return templ.SafeURL(path)
	}
	return templ.SafeURL(path + "?" + q.Encode())
}

// column is one column of the users' table; without a sort it cannot be ordered by.
type column struct{ name, sort string }

// columns gives the columns of the users' table, that of the offices only where there are any.
func (p Users) columns() []column {
	all := []column{{"name", "name"}, {"identifier", "identifier"}, {"role", "role"}}
	if len(p.Organisation.Offices) > 0 {
		all = append(all, column{name: "offices"})
	}
	return append(all, column{name: "email"}, column{name: "mobile"}, column{"signed-in", "signed-in"},
		column{"state", "state"})
}

// sorted says how a column is ordered, in the words of aria-sort; "" for not at all.
func (p Users) sorted(c column) string {
	switch {
	case c.sort == "" || c.sort != p.Sort:
		return ""
	case p.Descending:
		return "descending"
	}
	return "ascending"
}

// sortLink orders by a column, the other way round when it does so already.
func (p Users) sortLink(c column) templ.SafeURL {
	p.Descending = c.sort == p.Sort && !p.Descending
	p.Sort = c.sort
	return link("/settings/users", p.query())
}

// page gives the link to another page of the table; from is 0 where nobody knows.
func pageLink(path string, q url.Values, where, cursor string, from int) templ.SafeURL {
	q.Set(where, cursor)
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return link(path, q)
}

// place says where the table stands: « 51–100 sur 2 340 ».
func (p Users) place() string {
	total := grouped(p.Frame, p.Paging.Total)
	key := "users.place"
	if p.Paging.More {
		key = "users.place.more"
	}
	if p.Paging.From == 0 || p.Paging.Previous == "" && p.Paging.Next == "" {
		if p.Paging.More {
			return p.Say.Say("users.count.more", "Total", total)
		}
		return p.Say.Count("users.count", p.Paging.Total, "Total", total)
	}
	last := p.Paging.From + len(p.Rows) - 1
	return p.Say.Say(key, "From", grouped(p.Frame, p.Paging.From), "To", grouped(p.Frame, last), "Total", total)
}

// grouped writes a number with its thousands apart.
func grouped(f Frame, n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + f.Say.Say("team.thousands") + digits[i:]
	}
	return digits
}

// previous is the place where the page before begins, when this page's is known.
func (p Paging) previous() int {
	if p.From == 0 {
		return 0
	}
	return max(1, p.From-p.Size)
}

// next is the place where the next page begins, when this page's is known.
func (p Paging) next(rows int) int {
	if p.From == 0 {
		return 0
	}
	return p.From + rows
}

func userPath(id string) string { return "/settings/users/" + url.PathEscape(id) }

// roleOptions gives roles to choose from, after a first choice that stands for all.
func roleOptions(f Frame, all string, roles []account.Role) []option {
	options := []option{{"", all}}
	for _, r := range roles {
		options = append(options, option{string(r), f.role(r)})
	}
	return options
}

func (p Users) states() []option {
	options := []option{{"", p.Say.Say("users.filter.all")}}
	for _, s := range account.States {
		options = append(options, option{string(s), p.Say.Say("state." + string(s))})
	}
	return options
}

func (p Users) offices() []option {
	options := []option{{"", p.Say.Say("users.filter.all")}}
	for _, o := range p.Organisation.Offices {
		options = append(options, option{o, o})
	}
	return options
}

// notice says what has been done to whom; "" for nothing.
func (p Users) notice() string {
	if p.Notice != PersonDeleted {
		return ""
	}
	return p.Say.Say("users.notice.person-deleted")
}
