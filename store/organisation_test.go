package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"loquet/account"
	"loquet/audit"
	"loquet/fault"
	"loquet/organisation"
	"loquet/store"
	"loquet/store/storetest"
)

func whole() organisation.Organisation {
	return organisation.Organisation{
		ID: store.NewID(), Slug: "port", Name: "Port-la-Forêt", Hosts: []string{"port.example", "www.port.example:8443"},
		Preset: organisation.Strict, Wording: organisation.Key, Language: "en", TimeZone: "Indian/Reunion",
		Policy: organisation.Strict.Policy(),
		Contact: organisation.Contact{
			Service: "Mairie", Phone: "01", Email: "m@port.example", Hours: "9 h – 12 h", Address: "1, quai",
		},
		Legal: organisation.Legal{
			Publisher: "La ville", Public: true,
			Accessibility: organisation.Accessibility{State: organisation.PartConform, Percent: 72},
		},
		Appearance: organisation.Appearance{Colour: "#123456", Logo: "P"},
		News:       []organisation.News{{Date: start, Title: "« Fête »", Body: "Dimanche <b>&</b>"}},
		Tiles:      []organisation.Tile{{Name: "Port", URL: "https://port.example", Roles: []account.Role{account.Agent}}},
		Offices:    []string{"Quai", "Gare « nord »"},
		Version:    1,
	}
}

func TestOrganisationIsReadAsItWasCreated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		storetest.Town(t, db)
		o := whole()
		files := []store.File{
			{
				Document: organisation.Document{ID: "b", Title: "Guide", File: "guide.pdf", Media: "application/pdf", Guide: true},
				Body:     []byte{0, 255},
			},
			{Document: organisation.Document{ID: "a", Title: "Plan", File: "plan.txt", Media: "text/plain"}},
		}
		created := audit.Entry{Organisation: o.ID, At: start, Act: audit.OrganisationCreated}
		must(t, db.CreateOrganisation(t.Context(), o, files, created))
		for what, read := range map[string]func() (organisation.Organisation, error){
			"ID":   func() (organisation.Organisation, error) { return db.Organisation(t.Context(), o.ID) },
			"slug": func() (organisation.Organisation, error) { return db.OrganisationBySlug(t.Context(), "port") },
			"host": func() (organisation.Organisation, error) { return db.OrganisationByHost(t.Context(), "Port.Example") },
			"other host": func() (organisation.Organisation, error) {
				return db.OrganisationByHost(t.Context(), "www.port.example:8443")
			},
		} {
			got, err := read()
			must(t, err)
			if diff := cmp.Diff(o, got); diff != "" {
				t.Errorf("by its %s: %s", what, diff)
			}
		}
		documents, err := db.Documents(t.Context(), o.ID)
		must(t, err)
		files[0].Size = 2
		if diff := cmp.Diff([]organisation.Document{files[0].Document, files[1].Document}, documents); diff != "" {
			t.Error(diff)
		}
		d, body, err := db.Document(t.Context(), o.ID, "b")
		must(t, err)
		if !cmp.Equal(d, files[0].Document) || !slices.Equal(body, files[0].Body) {
			t.Errorf("the document is %+v, %v", d, body)
		}
		all, err := db.Organisations(t.Context())
		must(t, err)
		if len(all) != 2 || all[0].Slug != "famille" || !cmp.Equal(all[1], o) {
			t.Errorf("all organisations are %+v", all)
		}
	})
}

func TestUnknownOrganisationsAreMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		storetest.Town(t, db)
		for _, name := range []string{"", "none", "famille.localhost", "famille.localhost:80800", "%"} {
			_, err := db.OrganisationByHost(t.Context(), name)
			want(t, "the host "+name, err, fault.Missing)
			_, err = db.OrganisationBySlug(t.Context(), name)
			want(t, "the slug "+name, err, fault.Missing)
		}
		_, _, err := db.Document(t.Context(), "none", "none")
		want(t, "no document", err, fault.Missing)
		lost := audit.Entry{Organisation: "none", Act: audit.SignedIn}
		want(t, "the journal of nobody", db.Note(t.Context(), lost), fault.Missing)
	})
}

func taken(t *testing.T, err error, what, name string) {
	t.Helper()
	var got store.ErrTaken
	if !errors.As(err, &got) || got != (store.ErrTaken{What: what, Name: name}) {
		t.Errorf("a taken %s gave %v", what, err)
	}
}

func TestSlugAndHostAreGivenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		town, school := storetest.Town(t, db), storetest.School(t, db)
		o := whole()
		o.Slug = town.Slug
		taken(t, db.CreateOrganisation(t.Context(), o, nil, audit.Entry{}), "slug", town.Slug)
		o = whole()
		o.Hosts = []string{"port.example", "FAMILLE.localhost:8080"}
		taken(t, db.CreateOrganisation(t.Context(), o, nil, audit.Entry{}), "host", o.Hosts[1])
		_, err := db.OrganisationByHost(t.Context(), "port.example")
		want(t, "a host of a refused organisation", err, fault.Missing)
		renamed := school
		renamed.Slug = town.Slug
		taken(t, db.UpdateOrganisation(t.Context(), renamed, audit.Entry{}), "slug", town.Slug)
		moved := school
		moved.Hosts = append(slices.Clone(school.Hosts), town.Hosts[0])
		taken(t, db.UpdateOrganisation(t.Context(), moved, audit.Entry{}), "host", town.Hosts[0])
		after, err := db.Organisation(t.Context(), school.ID)
		must(t, err)
		if diff := cmp.Diff(school, after); diff != "" {
			t.Error(diff)
		}
		o.ID = ""
		if err := db.CreateOrganisation(t.Context(), o, nil, audit.Entry{}); err == nil {
			t.Error("an organisation without an ID was created")
		}
	})
}

func TestUpdateOrganisationRefusesWhatIsStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := storetest.Town(t, db)
		first := o
		first.Name, first.Hosts, first.Policy.Recovery.Send = "Saint-Loup", []string{"new.example"}, organisation.SendLink
		must(t, db.UpdateOrganisation(t.Context(), first, audit.Entry{}))
		want(t, "a second change from the same reading", db.UpdateOrganisation(t.Context(), o, audit.Entry{}), fault.Stale)
		after, err := db.OrganisationByHost(t.Context(), "new.example")
		must(t, err)
		first.Version = o.Version + 1
		if diff := cmp.Diff(first, after); diff != "" {
			t.Error(diff)
		}
		_, err = db.OrganisationByHost(t.Context(), o.Hosts[0])
		want(t, "the host it gave up", err, fault.Missing)
	})
}
