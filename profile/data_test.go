package profile

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/organisation"
)

// The download of one's data names the applications that one is in, and those that one only agreed to.
func TestDataNamesTheApplications(t *testing.T) {
	w := newWorld()
	later := noon.Add(time.Hour)
	for name, c := range map[string]struct {
		entered []Entered
		want    []ownEntered
	}{
		"none": {nil, []ownEntered{}},
		"two": {[]Entered{
			{Name: "Planning", Since: noon, Used: later, Knows: []string{"profile", "email"}},
			{Name: "Ludothèque", Since: noon, Agreed: noon},
		}, []ownEntered{
			{Name: "Planning", Since: noon, Used: &later, Knows: []string{"profile", "email"}},
			{Name: "Ludothèque", Since: noon, Agreed: &noon, Knows: []string{}},
		}},
	} {
		w.entered = c.entered
		text, err := w.flow.Data(t.Context(), w.byPassword())
		if err != nil {
			t.Fatal(err)
		}
		var d ownData
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, d.Applications); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Nobody takes away half of their data for the whole.
func TestDataIsWholeOrNone(t *testing.T) {
	w := newWorld()
	away := errors.New("the disk is gone")
	w.flow.Entered = func(context.Context, organisation.Organisation, account.Account) ([]Entered, error) { return nil, away }
	if text, err := w.flow.Data(t.Context(), w.byPassword()); !errors.Is(err, away) || text != nil || len(w.notes) > 0 {
		t.Errorf("%q, %v, and the journal says %v", text, err, w.acts())
	}
}
