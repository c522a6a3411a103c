package store

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"loquet/admin"
)

// order is one way of ordering a list of people: by a leading column, where there is one, then by a key, then by the
// ID, so that no two people stand at the same place. Each has an index.
type order struct{ lead, key string }

var orders = map[admin.Sort]order{
	admin.ByName:       {"", "name_key"},
	admin.ByIdentifier: {"", "identifier_key"},
	admin.ByRole:       {"role", "name_key"},
	admin.ByState:      {"state", "name_key"},
	admin.BySignedIn:   {"signed_in", "name_key"},
}

// columns gives the columns to order by, the most important one first.
func (o order) columns() []string {
	all := []string{"a." + o.key, "a.id"}
	if o.lead == "" {
		return all
	}
	return slices.Insert(all, 0, "a."+o.lead)
}

// place is where somebody stands in an order. It goes out as a cursor.
type place struct {
	Sort admin.Sort `json:"sort"`
	Lead string     `json:"lead,omitempty"` // what the leading column says, where it is a text
	At   int64      `json:"at,omitempty"`   // and where it is a number
	Key  []byte     `json:"key"`
	ID   string     `json:"id"`
}

// into gives where the columns of the order go.
func (p *place) into() []any {
	switch orders[p.Sort].lead {
	case "":
		return []any{&p.Key, &p.ID}
	case "signed_in":
		return []any{&p.At, &p.Key, &p.ID}
	}
	return []any{&p.Lead, &p.Key, &p.ID}
}

// values gives what the columns of the order are compared with.
func (p place) values() []any {
	switch orders[p.Sort].lead {
	case "":
		return []any{p.Key, p.ID}
	case "signed_in":
		return []any{p.At, p.Key, p.ID}
	}
	return []any{p.Lead, p.Key, p.ID}
}

func (p place) compare(q place) int {
	return cmp.Or(strings.Compare(p.Lead, q.Lead), cmp.Compare(p.At, q.At), bytes.Compare(p.Key, q.Key),
		strings.Compare(p.ID, q.ID))
}

func (p place) cursor() string {
	text, _ := json.Marshal(p) // texts and a number only
	return base64.RawURLEncoding.EncodeToString(text)
}

// longestCursor bounds what is read of a cursor, which comes from outside.
const longestCursor = 2048

// placeOf reads a cursor; nil for none, for a broken one, and for one of another order.
func placeOf(cursor string, sort admin.Sort) *place {
	if cursor == "" || len(cursor) > longestCursor {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil
	}
	var p place
	if json.Unmarshal(text, &p) != nil || p.Sort != sort || p.ID == "" {
		return nil
	}
	p.Lead, p.ID = plain(p.Lead), plain(p.ID)
	return &p
}
