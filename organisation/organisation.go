// Package organisation describes whom a person belongs to: a commune or an auto-école, the host names it answers on, the
// words it uses, the rules it sets and what it shows at its door.
//
// It promises that every policy it lets through can be lived with: Policy.Check names what is wrong in a closed word.
package organisation

import (
	"slices"
	"time"

	"loquet/account"
)

// Organisation is one tenant.
type Organisation struct {
	ID         string   // opaque, permanent
	Slug       string   // short name in addresses and on the command line: "famille"
	Name       string   // as people say it: "Ville de Saint-Loup"
	Hosts      []string // host names with the port where it is not the scheme's own; the first one stands in letters
	Preset     Preset
	Wording    Wording
	Language   string // BCP 47, the language when the browser asks for none of ours
	TimeZone   string // IANA name, "Indian/Reunion"; empty means DefaultZone
	Policy     Policy
	Contact    Contact
	Legal      Legal
	Appearance Appearance
	News       []News
	Tiles      []Tile
	Offices    []string // the bureaux that people may work in; empty where there is only one place
	Version    int64    // counts changes, see fault.Stale
}

// Wording is the pack of words that the organisation's people know.
type Wording string

// The wording packs.
const (
	Password Wording = "password" // « mot de passe », « Connexion »: a portail famille
	Key      Wording = "key"      // « clé », « Entrer »: HarMobil'
)

// Contact is who helps at the organisation, shown under « Besoin d'aide ».
type Contact struct {
	Service string `json:"service"` // "Service Enfance"
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	Hours   string `json:"hours"` // one line a rule: "du lundi au vendredi, 8 h 30 – 12 h"
	Address string `json:"address"`
}

// Legal is what the legal, privacy and accessibility pages say. Empty fields are shown as "à compléter" to managers only.
type Legal struct {
	Publisher     string        `json:"publisher"` // who publishes the site (LCEN art. 1-1)
	Director      string        `json:"director"`
	Host          string        `json:"host"`
	Controller    string        `json:"controller"` // RGPD art. 13
	Officer       string        `json:"officer"`    // data-protection officer's contact
	Copyright     string        `json:"copyright"`
	Public        bool          `json:"public"` // a public body: the accessibility mention is a duty (ACC-01, ACC-05)
	Accessibility Accessibility `json:"accessibility"`
}

// Accessibility is the state of the declaration (décret 2019-768).
type Accessibility struct {
	State   Conformity `json:"state"`
	Percent int        `json:"percent"` // of criteria met, 0 without an audit
	Audited string     `json:"audited"` // date of the audit, ISO 8601; empty without one
}

// Conformity is one of the three mentions that the law knows.
type Conformity string

// The three mentions. A fresh organisation has had no audit and therefore says NotConform (ACC-01).
const (
	NotConform  Conformity = "none"
	PartConform Conformity = "part"
	Conform     Conformity = "full"
)

// Appearance is how the organisation's door looks.
type Appearance struct {
	Colour string `json:"colour"` // "#1f4f8f"; pages compute a readable shade of it
	Logo   string `json:"logo"`   // a letter or two shown in a disc where there is no picture
}

// News is one item on the home page, newest first.
type News struct {
	Date  time.Time `json:"date"`
	Title string    `json:"title"`
	Body  string    `json:"body"`
}

// Tile is one application behind the door.
type Tile struct {
	Name  string         `json:"name"`
	About string         `json:"about"`
	URL   string         `json:"url"`
	Roles []account.Role `json:"roles"` // who may enter; empty means everyone
}

// Document is a file that people download from the home page.
type Document struct {
	ID    string
	Title string
	File  string // file name
	Media string // media type
	Size  int    // bytes
	Guide bool   // the guide for the first visit (F7)
}

// TilesFor gives the tiles that a role may enter.
func (o Organisation) TilesFor(role account.Role) []Tile {
	var tiles []Tile
	for _, t := range o.Tiles {
		if len(t.Roles) == 0 || slices.Contains(t.Roles, role) {
			tiles = append(tiles, t)
		}
	}
	return tiles
}

// Host gives the host name that stands in letters.
func (o Organisation) Host() string {
	if len(o.Hosts) == 0 {
		return ""
	}
	return o.Hosts[0]
}

// GoodSlug says whether a short name may stand in addresses and on the command line: 2 to 40 lower-case letters, digits
// and hyphens, with a letter or digit at both ends.
func GoodSlug(slug string) bool {
	if len(slug) < 2 || len(slug) > 40 {
		return false
	}
	for i, c := range []byte(slug) {
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (c != '-' || i == 0 || i == len(slug)-1) {
			return false
		}
	}
	return true
}
