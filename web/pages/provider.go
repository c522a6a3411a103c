package pages

import "strings"

// Provider names a mail provider whose ways we know. The zero value is any other.
type Provider string

// The providers whose mailboxes people have. The advice depends on what was typed, never on what we know of an account.
const (
	Gmail    Provider = "gmail"
	Outlook  Provider = "outlook"
	Orange   Provider = "orange"
	Free     Provider = "free"
	SFR      Provider = "sfr"
	LaPoste  Provider = "laposte"
	Yahoo    Provider = "yahoo"
	ICloud   Provider = "icloud"
	Bouygues Provider = "bouygues"
)

// Providers lists every provider.
var Providers = []Provider{Gmail, Outlook, Orange, Free, SFR, LaPoste, Yahoo, ICloud, Bouygues}

// ways is what we know of a provider.
type ways struct {
	domains string // separated by blanks
	webmail string
}

var known = map[Provider]ways{
	Gmail: {"gmail.com googlemail.com", "https://mail.google.com/"},
	Outlook: {
		"outlook.com outlook.fr hotmail.com hotmail.fr live.com live.fr msn.com", "https://outlook.live.com/mail/",
	},
	Orange: {"orange.fr wanadoo.fr", "https://messagerie.orange.fr/"},
	Free:   {"free.fr aliceadsl.fr libertysurf.fr", "https://webmail.free.fr/"},
	SFR: {
		"sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr noos.fr 9online.fr", "https://messagerie.sfr.fr/",
	},
	LaPoste:  {"laposte.net", "https://www.laposte.net/accueil"},
	Yahoo:    {"yahoo.fr yahoo.com ymail.com rocketmail.com", "https://mail.yahoo.com/"},
	ICloud:   {"icloud.com me.com mac.com", "https://www.icloud.com/mail"},
	Bouygues: {"bbox.fr", "https://www.bbox.bouyguestelecom.fr/"},
}

var byDomain = func() map[string]Provider {
	all := map[string]Provider{}
	for p, w := range known {
		for domain := range strings.FieldsSeq(w.domains) {
			all[domain] = p
		}
	}
	return all
}()

// ProviderOf gives the provider that serves a mail domain, the zero Provider for one we do not know. The whole domain
// must match: "gmail.com.example" is not Gmail.
func ProviderOf(domain string) Provider {
	return byDomain[strings.ToLower(strings.TrimSuffix(domain, "."))]
}

// Known says whether there is something particular to say about the provider.
func (p Provider) Known() bool { return known[p].webmail != "" }

// Webmail gives the address of the provider's mailbox on the web, empty for the zero Provider.
func (p Provider) Webmail() string { return known[p].webmail }
