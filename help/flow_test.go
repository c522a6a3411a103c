package help

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
)

// memory is a store of revisions and of the entries that came with them.
type memory struct {
	sync.Mutex
	all     []Revision
	entries []audit.Entry
}

func (m *memory) HelpNewest(_ context.Context, o, language string) ([]Revision, error) {
	m.Lock()
	defer m.Unlock()
	newest := map[string]Revision{}
	for _, r := range m.all {
		if r.Organisation == o && r.Language == language && r.Number > newest[r.Page].Number {
			newest[r.Page] = r
		}
	}
	var found []Revision
	for _, r := range newest {
		found = append(found, r)
	}
	return found, nil
}

func (m *memory) HelpRevision(_ context.Context, o, page, language string, number int64) (Revision, error) {
	m.Lock()
	defer m.Unlock()
	for _, r := range m.all {
		if r.Organisation == o && r.Page == page && r.Language == language && r.Number == number {
			return r, nil
		}
	}
	return Revision{}, fault.Missing
}

func (m *memory) HelpRevisions(_ context.Context, o, page, language string, most int) ([]Revision, error) {
	m.Lock()
	defer m.Unlock()
	var found []Revision
	for _, r := range slices.Backward(m.all) {
		if r.Organisation == o && r.Page == page && r.Language == language && len(found) < most {
			r.Text = ""
			found = append(found, r)
		}
	}
	return found, nil
}

func (m *memory) AddHelpRevision(_ context.Context, r Revision, note audit.Entry) error {
	m.Lock()
	defer m.Unlock()
	newest := int64(Shipped)
	for _, kept := range m.all {
		if kept.Organisation == r.Organisation && kept.Page == r.Page && kept.Language == r.Language {
			newest = max(newest, kept.Number)
		}
	}
	if r.Number != newest+1 {
		return fault.Stale
	}
	m.all, m.entries = append(m.all, r), append(m.entries, note)
	return nil
}

var now = time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)

func flow() (*Flow, *memory) {
	m := &memory{}
	return &Flow{Store: m, Now: func() time.Time { return now }}, m
}

func draft(base int64, words string) Draft {
	return Draft{"connexion", "fr", base, "# Entrer\r\n\r\n" + words}
}

func saved(t *testing.T, f *Flow, a Actor, d Draft) Revision {
	t.Helper()
	w, err := f.Save(t.Context(), a, d)
	if err != nil || w.Saved == nil {
		t.Fatalf("not saved: %v %v", w.Faults, err)
	}
	return *w.Saved
}

func TestWhoMayReadAndWriteHelp(t *testing.T) {
	f, m := flow()
	agent := manager(organisation.PortailFamille)
	family, stranger, stopped, foreign := agent, agent, agent, agent
	family.Person.Role = account.Famille
	stranger.Person = account.Account{}
	stopped.Person.State = account.Disabled
	foreign.Person.Organisation = "another" // an agent of another commune (ATK-069)
	for name, c := range map[string]struct {
		a     Actor
		pages int
		write error
	}{
		"agent": {agent, len(Pages), nil}, "family": {family, len(Pages) - 1, fault.Forbidden},
		"stranger": {stranger, len(Pages) - 1, fault.Forbidden}, "stopped": {stopped, len(Pages) - 1, fault.Forbidden},
		"another's agent": {foreign, len(Pages) - 1, fault.Forbidden},
	} {
		all, err := f.List(t.Context(), c.a, "fr")
		if err != nil || len(all) != c.pages {
			t.Errorf("%s sees %d pages (%v), want %d", name, len(all), err, c.pages)
		}
		whole, err := f.Whole(t.Context(), c.a, "fr")
		if err != nil || len(whole) != c.pages {
			t.Errorf("%s prints %d pages (%v), want %d", name, len(whole), err, c.pages)
		}
		for i := range whole {
			if all[i].Title != whole[i].Title || all[i].Slug != whole[i].Slug || all[i].Body != "" || whole[i].Body == "" {
				t.Errorf("%s: %q is listed and %q printed", name, all[i].Title, whole[i].Title)
			}
		}
		_, err = f.Read(t.Context(), c.a, "gerer-les-utilisateurs", "fr")
		if errors.Is(err, fault.Missing) != (c.write != nil) {
			t.Errorf("%s reads the managers' page: %v", name, err)
		}
		for act, err := range writes(t, f, c.a) {
			if !errors.Is(err, c.write) {
				t.Errorf("%s: %s gives %v, want %v", name, act, err, c.write)
			}
		}
	}
	if len(m.all) != 1 || m.all[0].Author != agent.Person.ID {
		t.Errorf("kept %v", m.all)
	}
}

// writes tries everything that needs the right to write.
func writes(t *testing.T, f *Flow, a Actor) map[string]error {
	t.Helper()
	none := func(_ any, err error) error { return err }
	ctx := t.Context()
	return map[string]error{
		"Open":      none(f.Open(ctx, a, "connexion", "fr")),
		"Preview":   none(f.Preview(ctx, a, draft(0, "x"))),
		"Save":      none(f.Save(ctx, a, draft(0, "x"))),
		"Restore":   none(f.Restore(ctx, a, "connexion", "fr", 0, 9)),
		"Revisions": none(f.Revisions(ctx, a, "connexion", "fr")),
		"Compare":   none(f.Compare(ctx, a, "connexion", "fr", 0, -1)),
	}
}

func TestPagesThatDoNotExist(t *testing.T) {
	f, _ := flow()
	a := manager(organisation.PortailFamille)
	for _, c := range [][2]string{
		{"nowhere", "fr"}, {"", "fr"}, {"connexion", "de"}, {"connexion", ""}, {"../fr/key/connexion", "fr"},
	} {
		_, err := f.Read(t.Context(), a, c[0], c[1])
		_, again := f.Open(t.Context(), a, c[0], c[1])
		if !errors.Is(err, fault.Missing) || !errors.Is(again, fault.Missing) {
			t.Errorf("%v: %v, %v", c, err, again)
		}
	}
	for _, n := range []int64{-1, 1, 1 << 60} {
		if _, err := f.Compare(t.Context(), a, "connexion", "fr", n, 0); !errors.Is(err, fault.Missing) {
			t.Errorf("revision %d: %v", n, err)
		}
		if _, err := f.Restore(t.Context(), a, "connexion", "fr", n, 0); !errors.Is(err, fault.Missing) {
			t.Errorf("restoring %d: %v", n, err)
		}
	}
}

func TestWhatIsSavedIsReadAndNoted(t *testing.T) {
	f, m := flow()
	a := manager(organisation.PortailFamille)
	r := saved(t, f, a, draft(0, "Cliquez sur « {{bouton.entrer}} »."))
	article, err := f.Read(t.Context(), a, "connexion", "fr")
	if err != nil || article.Title != "Entrer" || !strings.Contains(article.Body, "Connexion") ||
		article.Revision.Number != 1 {
		t.Errorf("read %+v (%v)", article, err)
	}
	if r.Text != "# Entrer\n\nCliquez sur « {{bouton.entrer}} ».\n" ||
		r.Author != "p" || !r.At.Equal(now) || r.Restores != Fresh {
		t.Errorf("saved %+v", r)
	}
	e := m.entries[0]
	if e.Act != audit.HelpChanged || e.Detail != "connexion fr 1" || e.Actor != "p" ||
		e.Organisation != "o" || !e.At.Equal(now) {
		t.Errorf("noted %+v", e)
	}
	english, err := f.Read(t.Context(), a, "connexion", "en")
	if err != nil || english.Revision.Number != Shipped {
		t.Errorf("the other language changed too: %+v (%v)", english.Revision, err)
	}
}

func TestAPreviewKeepsNothing(t *testing.T) {
	f, m := flow()
	a := manager(organisation.PortailFamille)
	w, err := f.Preview(t.Context(), a, draft(0, "{{delais}} <b>"))
	if err != nil || len(m.all) > 0 || w.Saved != nil {
		t.Errorf("kept %v (%v)", m.all, err)
	}
	if w.Shown.Title != "Entrer" || !strings.Contains(w.Shown.Body, "&lt;b&gt;") || len(w.Faults) != 1 {
		t.Errorf("shown %+v, faults %v", w.Shown, w.Faults)
	}
}

func TestATextWithFaultsIsNotSaved(t *testing.T) {
	f, m := flow()
	a := manager(organisation.PortailFamille)
	open, err := f.Open(t.Context(), a, "connexion", "fr")
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]Draft{
		"unknown name": draft(0, "{{delais}}"), "nothing": {"connexion", "fr", 0, ""}, "unchanged": open.Draft,
		"too long": draft(0, strings.Repeat("x", Longest)),
	} {
		w, err := f.Save(t.Context(), a, d)
		if err != nil || w.Saved != nil || len(w.Faults) == 0 || len(m.all) > 0 {
			t.Errorf("%s: %+v (%v)", name, w, err)
		}
	}
}

// The second of two editors is told who was faster and what has changed, keeps every word, and may then save.
func TestTheSecondEditorIsTold(t *testing.T) {
	f, _ := flow()
	a := manager(organisation.PortailFamille)
	first, second := a, a
	first.Person.GivenName, first.Person.FamilyName = "Hélène", "Rey"
	second.Person.ID = "q"
	saved(t, f, a, draft(0, "Un deux trois."))
	saved(t, f, first, draft(1, "Un deux quatre."))
	w, err := f.Save(t.Context(), second, draft(1, "Un deux cinq."))
	if err != nil || w.Saved != nil || w.Meanwhile == nil {
		t.Fatalf("%+v (%v)", w, err)
	}
	if w.Meanwhile.By != "Hélène Rey" || w.Base != 2 || w.Draft.Text != "# Entrer\n\nUn deux cinq.\n" {
		t.Errorf("told %+v", w)
	}
	var said string
	for _, l := range w.Difference {
		for _, p := range l.Parts {
			said += string(p.Became) + "(" + p.Words + ")"
		}
	}
	if !strings.Contains(said, "(Un deux )removed(trois.)added(quatre.)") {
		t.Errorf("what has changed is %s", said)
	}
	if r := saved(t, f, second, w.Draft); r.Number != 3 || r.Author != "q" {
		t.Errorf("then %+v", r)
	}
}

// Of many who save at once exactly one is kept; each of the others is told.
func TestConcurrentEditors(t *testing.T) {
	f, m := flow()
	a := manager(organisation.PortailFamille)
	const editors = 20
	told := make([]Written, editors)
	var all sync.WaitGroup
	for i := range editors {
		all.Go(func() {
			told[i], _ = f.Save(t.Context(), a, draft(0, strings.Repeat("mot ", i+1)))
		})
	}
	all.Wait()
	won := 0
	for _, w := range told {
		switch {
		case w.Saved != nil && w.Meanwhile == nil:
			won++
		case w.Saved != nil || w.Meanwhile == nil || w.Draft.Text == "":
			t.Errorf("one was told nothing: %+v", w)
		}
	}
	if won != 1 || len(m.all) != 1 || len(m.entries) != 1 {
		t.Errorf("%d won, %d kept", won, len(m.all))
	}
}

func TestRestoring(t *testing.T) {
	f, _ := flow()
	a := manager(organisation.PortailFamille)
	first := saved(t, f, a, draft(0, "Premier."))
	saved(t, f, a, draft(1, "Deuxième."))
	w, err := f.Restore(t.Context(), a, "connexion", "fr", 1, 2)
	if err != nil || w.Saved == nil || w.Saved.Number != 3 || w.Saved.Restores != 1 || w.Saved.Text != first.Text {
		t.Fatalf("%+v (%v)", w, err)
	}
	w, err = f.Restore(t.Context(), a, "connexion", "fr", 2, 2) // somebody was faster
	if err != nil || w.Saved != nil || w.Meanwhile == nil || w.Meanwhile.Number != 3 {
		t.Errorf("%+v (%v)", w, err)
	}
	w, err = f.Restore(t.Context(), a, "connexion", "fr", 1, 3) // it is in force already
	if err != nil || w.Saved != nil || len(w.Faults) != 1 || w.Faults[0].Wrong != Unchanged {
		t.Errorf("%+v (%v)", w, err)
	}
	w, err = f.Restore(t.Context(), a, "connexion", "fr", Shipped, 3)
	if err != nil || w.Saved == nil || w.Saved.Restores != Shipped {
		t.Fatalf("%+v (%v)", w, err)
	}
	a.Organisation.Wording = organisation.Key // what ships is another text from now on, as after an upgrade
	article, err := f.Read(t.Context(), a, "connexion", "fr")
	if err != nil || !strings.Contains(article.Body, "AUTOECOLE.BUREAU") || article.Revision.Number != 4 {
		t.Errorf("the shipped text is not followed: %+v (%v)", article, err)
	}
}

func TestRevisionsAndComparisons(t *testing.T) {
	f, _ := flow()
	a := manager(organisation.PortailFamille)
	for i, words := range []string{"Un.", "Un deux.", "Un deux trois."} {
		saved(t, f, a, draft(int64(i), words))
	}
	h, err := f.Revisions(t.Context(), a, "connexion", "fr")
	if err != nil || len(h.All) != 4 || h.All[0].Number != 3 || h.All[3].Number != Shipped ||
		h.Current.Revision.Number != 3 {
		t.Errorf("%+v (%v)", h, err)
	}
	for _, c := range []struct{ number, with, shownWith int64 }{
		{3, -1, 2}, {1, -1, 0}, {0, -1, 0}, {3, 1, 1}, {1, 3, 3}, {2, 2, 2},
	} {
		got, err := f.Compare(t.Context(), a, "connexion", "fr", c.number, c.with)
		if err != nil || got.Revision.Number != c.number || got.With.Number != c.shownWith ||
			got.Newest != 3 || got.Shown.Body == "" {
			t.Errorf("%v: %+v (%v)", c, got, err)
		}
		if same := c.number == c.shownWith; same != (len(got.Difference) == 0) {
			t.Errorf("%v differ by %v", c, got.Difference)
		}
	}
}
