package courier_test

import (
	"bytes"
	"errors"
	"mime"
	"mime/multipart"
	"net/mail"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"loquet/account"
	"loquet/audit"
	"loquet/courier"
	"loquet/organisation"
	"loquet/text"
)

const from = "portail@saint-loup.example"

func mailbox(t testing.TB) *courier.Catcher {
	t.Helper()
	c, err := courier.NewCatcher(from)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rendered writes a letter and reads it back.
func rendered(t testing.TB, l courier.Letter) courier.Caught {
	t.Helper()
	raw, err := courier.Render(l, mailbox(t))
	if err != nil {
		t.Fatalf("%s: %v", l.ID, err)
	}
	m, err := courier.Read(raw)
	if err != nil {
		t.Fatalf("%s: %v", l.ID, err)
	}
	return m
}

// letters gives each sample in each language, under each policy, with and without what may be missing.
func letters() []courier.Letter {
	var all []courier.Letter
	for _, l := range courier.Samples() {
		for _, language := range text.Languages {
			l.Person.Language = language
			all = append(all, l)
			bare := l
			bare.AskedFrom, bare.Organisation.Contact = "", organisation.Contact{}
			bare.Person.GivenName, bare.Person.FamilyName, bare.Person.Identifier = "", "", ""
			all = append(all, bare)
			if l.Kind == courier.ConfirmAddress || l.Kind == courier.AddressNotice {
				other := l
				other.Mobile, other.AskedBy = !l.Mobile, "Marc Favre"
				all = append(all, other)
				other.AskedBy = ""
				all = append(all, other)
			}
			all = append(all, factorVariants(l)...)
			all = append(all, deskVariants(l)...)
			if l.Kind != courier.Invitation {
				continue
			}
			for _, send := range organisation.Sends {
				l.Organisation.Policy.Recovery.Send = send
				all = append(all, l)
			}
		}
	}
	return all
}

// factorVariants gives a notice of used codes for each number left, and one of a reset by nobody who has a name.
func factorVariants(l courier.Letter) (all []courier.Letter) {
	switch l.What {
	case audit.CodeUsed:
		for _, left := range []int{0, 1, 2, 9} {
			l.Left = left
			all = append(all, l)
		}
		l.AskedFrom = ""
		all = append(all, l)
	case audit.FactorsReset:
		l.AskedBy = ""
		all = append(all, l)
		l.AskedFrom = ""
		all = append(all, l)
	}
	return all
}

// deskVariants gives a notice of what is done as one of what will be done, and the other way round; without a link and
// without an operator.
func deskVariants(l courier.Letter) (all []courier.Letter) {
	if l.Kind != courier.DeskNotice {
		return nil
	}
	l.Desk.Operator, l.Desk.New = "", ""
	if l.Secret != "" {
		l.Secret = ""
		return []courier.Letter{l}
	}
	l.Secret, l.Desk.Until = linkToken, l.Created.Add(24*time.Hour)
	return []courier.Letter{l}
}

func TestEveryLetterIsWholeInEveryLanguageAndPack(t *testing.T) {
	for _, l := range letters() {
		m := rendered(t, l)
		for where, words := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
			if words == "" || strings.Contains(words, "⟦") || strings.Contains(words, "<no value>") ||
				strings.Contains(words, "{{") {
				t.Errorf("%s %s: the %s is not whole:\n%s", l.ID, l.Person.Language, where, words)
			}
		}
		for _, want := range []string{l.Person.Identifier, l.Person.GivenName, l.Secret, l.SecretCode, l.PortalURL} {
			if l.Kind == courier.Identifiers && len(l.Others) > 1 && want == l.Person.GivenName ||
				l.Kind == courier.Closed && want == l.PortalURL ||
				l.Kind == courier.ConfirmAddress && want == l.Person.Identifier {
				continue
			}
			if !strings.Contains(m.Text, want) || !strings.Contains(visible(t, m.HTML), want) {
				t.Errorf("%s %s: %q is missing", l.ID, l.Person.Language, want)
			}
		}
	}
}

// visible gives the words of an HTML page that a reader sees.
func visible(t testing.TB, page string) string {
	t.Helper()
	var b strings.Builder
	walk(t, page, func(n *html.Node) {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}

func walk(t testing.TB, page string, visit func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		visit(n)
	}
}

func TestTextAndHTMLSayTheSame(t *testing.T) {
	for _, l := range letters() {
		m := rendered(t, l)
		page := strings.Join(strings.Fields(visible(t, m.HTML)), " ")
		for line := range strings.Lines(m.Text) {
			line = strings.Join(strings.Fields(line), " ")
			if line != "--" && !strings.Contains(page, line) {
				t.Errorf("%s: the HTML does not say %q", l.ID, line)
			}
		}
	}
}

func TestSecretsStandAlone(t *testing.T) {
	labels := map[organisation.Wording]string{
		organisation.Password: "Mot de passe temporaire\u00a0:", organisation.Key: "Clé temporaire\u00a0:",
	}
	for _, l := range courier.Samples() {
		lines := strings.Split(strings.ReplaceAll(rendered(t, l).Text, "\r\n", "\n"), "\n")
		before := func(alone string) string {
			at := slices.Index(lines, alone)
			if at < 1 {
				t.Fatalf("%s: %q does not stand alone on a line", l.ID, alone)
			}
			return lines[at-1]
		}
		switch l.Kind {
		case courier.TemporaryPassword:
			if got := before(l.Secret); got != labels[l.Organisation.Wording] {
				t.Errorf("%s: the secret follows %q", l.ID, got)
			}
			before(l.PortalURL)
		case courier.Link, courier.SetupLink:
			before(l.PortalURL + "/enter/" + l.Secret)
			if got := before(l.SecretCode); got != "Code\u00a0:" {
				t.Errorf("%s: the code follows %q", l.ID, got)
			}
		case courier.ConfirmAddress:
			before(l.PortalURL + "/confirm/" + l.Secret)
		case courier.AddressNotice:
			before(l.PortalURL + "/stop/" + l.Secret)
		case courier.DeskNotice:
			if l.Secret != "" {
				before(l.PortalURL + "/stop/" + l.Secret)
			}
		case courier.Code:
			if got := before(l.Secret); got != "Code\u00a0:" {
				t.Errorf("%s: the code follows %q", l.ID, got)
			}
		}
	}
}

func TestKeyPackNeverSaysPassword(t *testing.T) {
	for _, l := range letters() {
		if l.Organisation.Wording != organisation.Key {
			continue
		}
		m := rendered(t, l)
		all := strings.ToLower(m.Subject + m.Text + visible(t, m.HTML))
		for _, word := range []string{"mot de passe", "mots de passe", "password"} {
			if strings.Contains(all, word) {
				t.Errorf("%s %s says %q", l.ID, l.Person.Language, word)
			}
		}
	}
}

func TestTheLetterOfTheSeed(t *testing.T) {
	m := rendered(t, courier.Samples()[0])
	if m.Subject != "Envoi de vos identifiants de connexion" {
		t.Errorf("the subject is %q", m.Subject)
	}
	for _, want := range []string{
		"Bonjour Claire Martin,", "Identifiant\u00a0: 38162", "24 heures", "4 septembre 2026 à 11",
		"ne sert qu’une fois", "En cas contraire, saisir l’adresse suivante dans votre navigateur",
		"depuis Firefox sur Windows", "votre mot de passe actuel fonctionne toujours", "Service Enfance", "03 84 00 00 00",
		"Nous ne vous demanderons jamais votre mot de passe, ni par courriel ni au téléphone.",
	} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the letter does not say %q:\n%s", want, m.Text)
		}
	}
}

func TestHeadersOfEveryLetter(t *testing.T) {
	for _, l := range letters() {
		m := rendered(t, l)
		for name, want := range map[string]string{
			"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Content-Language": l.Person.Language,
			"Message-ID": "<" + l.ID + "@saint-loup.example>", "MIME-Version": "1.0", "To": "<" + l.To + ">",
		} {
			if m.Headers[name] != want {
				t.Errorf("%s: %s is %q, not %q", l.ID, name, m.Headers[name], want)
			}
		}
		if !m.Date.Equal(l.Created) || !strings.Contains(m.From, l.Organisation.Name) || !strings.Contains(m.From, from) {
			t.Errorf("%s: date %v, from %q", l.ID, m.Date, m.From)
		}
		for _, secret := range []string{l.Secret, l.SecretCode} {
			if head, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n")); secret != "" && bytes.Contains(head, []byte(secret)) {
				t.Errorf("%s: a header holds the secret", l.ID)
			}
		}
	}
}

func TestShapeOfTheMessage(t *testing.T) {
	for _, l := range letters() {
		raw := rendered(t, l).Raw
		if !bytes.HasSuffix(raw, []byte("\r\n")) || bytes.Count(raw, []byte("\n")) != bytes.Count(raw, []byte("\r\n")) {
			t.Errorf("%s: not all lines end with CRLF", l.ID)
		}
		for line := range bytes.Lines(raw) {
			if len(bytes.TrimRight(line, "\r\n")) > 78 || bytes.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
				t.Errorf("%s: line too long or not ASCII: %q", l.ID, line)
			}
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
		if err != nil || media != "multipart/alternative" {
			t.Fatalf("%s: %s %v", l.ID, media, err)
		}
		var parts []string
		for r := multipart.NewReader(m.Body, params["boundary"]); ; {
			p, err := r.NextRawPart()
			if err != nil {
				break
			}
			parts = append(parts, p.Header.Get("Content-Type")+" "+p.Header.Get("Content-Transfer-Encoding"))
		}
		want := []string{"text/plain; charset=UTF-8 quoted-printable", "text/html; charset=UTF-8 quoted-printable"}
		if !slices.Equal(parts, want) {
			t.Errorf("%s: parts %q", l.ID, parts)
		}
	}
}

func TestLettersFetchNothing(t *testing.T) {
	for _, l := range letters() {
		page := rendered(t, l).HTML
		walk(t, page, func(n *html.Node) {
			if slices.Contains([]string{"img", "script", "link", "iframe", "object", "form", "svg", "table"}, n.Data) {
				t.Errorf("%s holds <%s>", l.ID, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "src" || a.Key == "srcset" || strings.HasPrefix(a.Key, "on") ||
					a.Key == "href" && !strings.HasPrefix(a.Val, l.PortalURL+"/") {
					t.Errorf("%s holds %s=%q", l.ID, a.Key, a.Val)
				}
			}
		})
		if strings.Contains(page, "url(") || strings.Contains(page, "@import") || strings.Contains(page, "ZgotmplZ") {
			t.Errorf("%s: its style fetches something or was refused", l.ID)
		}
	}
}

func TestColoursFetchNothing(t *testing.T) {
	l := courier.Samples()[0]
	for colour, want := range map[string]string{
		"#1F6F5C": "solid #1F6F5C", "": "solid #1f4f8f", "red": "solid #1f4f8f",
		"#1f6f5c;background:url(https://evil.example/x)": "solid #1f4f8f",
	} {
		l.Organisation.Appearance.Colour = colour
		if page := rendered(t, l).HTML; !strings.Contains(page, want) || strings.Contains(page, "evil") {
			t.Errorf("%q does not give %q", colour, want)
		}
	}
}

func TestLetterIsTheSameAtEachTry(t *testing.T) {
	for _, l := range letters() {
		first, second := rendered(t, l).Raw, rendered(t, l).Raw
		if !bytes.Equal(first, second) {
			t.Errorf("%s differs from itself", l.ID)
		}
		l.ID += "2"
		if bytes.Equal(first, rendered(t, l).Raw) {
			t.Errorf("%s: another letter has the same bytes", l.ID)
		}
	}
}

func TestHoursAreThoseOfTheOrganisation(t *testing.T) {
	l := courier.Samples()[0]
	for zone, want := range map[string]string{
		"": "à 11", "Indian/Reunion": "à 13", "America/Martinique": "à 5", "No/Where": "à 11",
	} {
		l.Organisation.TimeZone = zone
		if m := rendered(t, l); !strings.Contains(m.Text, want) {
			t.Errorf("in %q the letter does not say %q", zone, want)
		}
	}
}

func TestLanguageOfALetter(t *testing.T) {
	for _, c := range []struct{ person, organisation, want string }{
		{"", "fr", "fr"}, {"", "en", "en"}, {"en", "fr", "en"}, {"de", "en", "en"}, {"", "", "fr"},
	} {
		l := courier.Samples()[0]
		l.Person.Language, l.Organisation.Language = c.person, c.organisation
		if got := rendered(t, l).Headers["Content-Language"]; got != c.want {
			t.Errorf("person %q in organisation %q reads %q", c.person, c.organisation, got)
		}
	}
}

func TestIdentifiersNamesEveryAccount(t *testing.T) {
	for _, l := range courier.Samples() {
		if l.Kind != courier.Identifiers {
			continue
		}
		m := rendered(t, l)
		for _, a := range l.Others {
			if !strings.Contains(m.Text, a.Name()+"\r\n") && !strings.Contains(m.Text, a.Name()+"\n") ||
				!strings.Contains(m.Text, a.Identifier) {
				t.Errorf("%s does not name %s", l.ID, a.Name())
			}
		}
		if strings.Contains(m.Text, "Bonjour "+l.Person.Name()) {
			t.Errorf("%s greets one of several people by name", l.ID)
		}
		l.Others = nil
		if m := rendered(t, l); !strings.Contains(m.Text, l.Person.Identifier) {
			t.Errorf("%s does not name the only account", l.ID)
		}
	}
}

func TestUnfitLetters(t *testing.T) {
	samples := map[courier.Kind]courier.Letter{}
	for _, l := range courier.Samples() {
		samples[l.Kind] = l
	}
	for name, c := range map[string]struct {
		kind  courier.Kind
		spoil func(*courier.Letter)
	}{
		"no secret":             {courier.TemporaryPassword, func(l *courier.Letter) { l.Secret = "" }},
		"secret with a blank":   {courier.TemporaryPassword, func(l *courier.Letter) { l.Secret = "AAAA BBBB" }},
		"secret with a line":    {courier.Code, func(l *courier.Letter) { l.Secret = "AAAA\nBBBB" }},
		"secret with a path":    {courier.Link, func(l *courier.Letter) { l.Secret = "../../evil" }},
		"secret in a notice":    {courier.PasswordChanged, func(l *courier.Letter) { l.Secret = "AAAA-BBBB" }},
		"secret in identifiers": {courier.Identifiers, func(l *courier.Letter) { l.Secret = "AAAA-BBBB" }},
		"secret when closed":    {courier.Closed, func(l *courier.Letter) { l.Secret = "AAAA-BBBB" }},
		"code with a password":  {courier.TemporaryPassword, func(l *courier.Letter) { l.SecretCode = "AAAA-BBBB" }},
		"no end":                {courier.Link, func(l *courier.Letter) { l.Expires = time.Time{} }},
		"no date":               {courier.Closed, func(l *courier.Letter) { l.Created = time.Time{} }},
		"a proof in a notice":   {courier.FactorNotice, func(l *courier.Letter) { l.Secret = "AAAA-BBBB" }},
		"notice of nothing":     {courier.FactorNotice, func(l *courier.Letter) { l.What = "" }},
		"notice of another act": {courier.FactorNotice, func(l *courier.Letter) { l.What = audit.SignedIn }},
		"an act of no desk":     {courier.DeskNotice, func(l *courier.Letter) { l.Desk.Act = "open-everything" }},
		"no case":               {courier.DeskNotice, func(l *courier.Letter) { l.Desk.Case = " " }},
		"a link with a path":    {courier.DeskNotice, func(l *courier.Letter) { l.Secret = "../../enter" }},
		"a link too late":       {courier.DeskNotice, func(l *courier.Letter) { l.Secret, l.Desk.Until = linkToken, time.Time{} }},
		"unknown kind":          {courier.Closed, func(l *courier.Letter) { l.Kind = "circular" }},
		"a request":             {courier.Closed, func(l *courier.Letter) { l.Kind = courier.RequestPassword }},
		"no ID":                 {courier.Closed, func(l *courier.Letter) { l.ID = "" }},
		"ID with a header":      {courier.Closed, func(l *courier.Letter) { l.ID = "a>\r\nBcc: x@y.example" }},
	} {
		l := samples[c.kind]
		c.spoil(&l)
		if raw, err := courier.Render(l, mailbox(t)); !errors.Is(err, courier.Unfit) || raw != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATK003LinksComeFromConfigurationOnly(t *testing.T) {
	l := courier.Samples()[0]
	for _, portal := range []string{
		"", "famille.example", "javascript:alert(1)", "https://", "https://a.example/path", "https://a.example?x=1",
		"https://user@a.example", "https://a.example#x", "https://a.example/", "https://a.example\r\nBcc: x", "//a.example",
	} {
		l.PortalURL = portal
		if _, err := courier.Render(l, mailbox(t)); !errors.Is(err, courier.Unfit) {
			t.Errorf("%q: %v", portal, err)
		}
	}
}

var hostile = []string{
	"Claire\r\nBcc: thief@evil.example", "Claire\nX: y", "Claire\r\n\r\n<script>alert(1)</script>", "a\x00b",
	"\u202eerialC",
	"Claire\u2028Mot de passe temporaire :\u2028EVIL-EVIL", "\u0085Claire", `<img src=x onerror=alert(1)>`,
	`"><a href="https://evil.example">ici</a>`, "{{.Secret}}", "</title></style><script>x</script>", `\"; <x@y.example>`,
	strings.Repeat("é", 5000), "=?utf-8?q?a=0d=0aBcc:_x@y.example?=", "\xff\xfeClaire", "a,b;c:d@e",
	"javascript:alert(1)",
}

// spoilt gives a letter in which every word that people write is the hostile one.
func spoilt(l courier.Letter, name string) courier.Letter {
	l.Person.GivenName, l.Person.FamilyName, l.Person.Identifier = name, name, name
	l.Organisation.Name, l.AskedFrom = name, name
	l.Desk.Case, l.Desk.Operator, l.Desk.New = name, name, name
	l.Organisation.Contact = organisation.Contact{Service: name, Phone: name, Email: name, Hours: name, Address: name}
	l.Organisation.Appearance.Colour = name
	l.Others = []account.Account{l.Person, {GivenName: name, Identifier: name}}
	return l
}

func TestATK081HeadersCannotBeAddedByNames(t *testing.T) {
	known := regexp.MustCompile(`^(Auto-Submitted|Content-Language|Date|MIME-Version|Message-ID|Subject|` +
		`X-Auto-Response-Suppress|From|To|Content-Type)$`)
	for _, name := range hostile {
		for _, l := range courier.Samples() {
			m := rendered(t, spoilt(l, name))
			if len(m.Headers) != 10 {
				t.Errorf("%q: %d headers", name, len(m.Headers))
			}
			for header := range m.Headers {
				if !known.MatchString(header) {
					t.Errorf("%q makes a header %s", name, header)
				}
			}
			message, err := mail.ReadMessage(bytes.NewReader(m.Raw))
			if err != nil {
				t.Fatalf("%q: %v", name, err)
			}
			senders, err := message.Header.AddressList("From")
			if err != nil || len(senders) != 1 || senders[0].Address != from {
				t.Errorf("%q: from %v %v", name, senders, err)
			}
		}
	}
}

func TestATK082NamesAreNeitherHTMLNorLines(t *testing.T) {
	for _, l := range courier.Samples() {
		clean := rendered(t, spoilt(l, "Claire"))
		for _, name := range hostile {
			m := rendered(t, spoilt(l, name))
			if got, want := elements(t, m.HTML), elements(t, clean.HTML); !slices.Equal(got, want) {
				t.Errorf("%s: %q changes the page's elements to %v", l.Kind, name, got)
			}
			if got, want := strings.Count(m.Text, "\n"), strings.Count(clean.Text, "\n"); got != want {
				t.Errorf("%s: %q makes %d lines of %d:\n%s", l.Kind, name, got, want, m.Text)
			}
			if strings.ContainsAny(m.Text, "\u202e\u2028\u0085\x00") {
				t.Errorf("%s: %q leaves control characters", l.Kind, name)
			}
		}
	}
}

func elements(t testing.TB, page string) []string {
	var names []string
	walk(t, page, func(n *html.Node) {
		if n.Type == html.ElementNode {
			names = append(names, n.Data)
			for _, a := range n.Attr {
				names = append(names, a.Key)
			}
		}
	})
	return names
}

func TestWordsOfLettersAreUsedAndWellSet(t *testing.T) {
	for _, pack := range text.Packs {
		wording := organisation.Password
		if pack == text.Key {
			wording = organisation.Key
		}
		for _, language := range text.Languages {
			var said strings.Builder
			for _, l := range letters() {
				if l.Organisation.Wording == wording && l.Person.Language == language {
					m := rendered(t, l)
					said.WriteString(m.Subject + "\n" + m.Text + visible(t, m.HTML))
				}
			}
			say := text.For(language, pack)
			for _, key := range say.Keys() {
				begin, _, _ := strings.Cut(say.Say(key), "<no value>")
				if strings.HasPrefix(key, "letter.") && !strings.Contains(said.String(), begin) {
					t.Errorf("no letter in %s says %s: %q", language, key, begin)
				}
			}
		}
	}
	bad := regexp.MustCompile(`[^\x{00a0}]:|[^\x{202f}][;?!]|'|«[^\x{202f}]|[^\x{202f}]»|\.\.\.`)
	for _, file := range []string{
		"../text/letters.fr.toml", "../text/key/letters.fr.toml", "../text/desk-letters.fr.toml", "../text/key/desk-letters.fr.toml",
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			if _, sentence, ok := strings.Cut(line, " = "); ok && bad.MatchString(sentence) {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
}
