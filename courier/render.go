package courier

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	netmail "net/mail"
	"regexp"
	"strings"

	"github.com/wneessen/go-mail"
)

//go:embed letter.html
var page string

var htmlLetter = template.Must(template.New("letter").Parse(page))

// Render writes a letter as the mail server is to have it: a message of RFC 5322 with CRLF, plain text first, then
// HTML, both quoted-printable (RFC 2046, MAIL-05, MAIL-06). The same letter gives the same bytes, at every try.
//
// A letter that can never be written is Unfit: an address that is not one, a secret where none belongs or none where
// one does.
func Render(l Letter, from Sender) ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	w := compose(l)
	html, err := w.html(l)
	if err != nil {
		return nil, fmt.Errorf("writing the letter as HTML: %w", err)
	}
	m := mail.NewMsg(
		mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP),
		mail.WithBoundary(boundary(l.ID)), mail.WithNoDefaultUserAgent(),
	)
	m.FromMailAddress(&netmail.Address{Name: tidy(l.Organisation.Name, longestName), Address: from.From()})
	m.ToMailAddress(&netmail.Address{Address: l.To})
	m.Subject(w.Subject)
	m.SetDateWithValue(l.Created.In(l.Organisation.Location()))
	m.SetMessageIDWithValue(l.ID + "@" + from.Domain())
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: nobody's absence note comes back
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetGenHeader(mail.HeaderContentLang, w.Language)
	m.SetBodyString(mail.TypeTextPlain, w.text())
	m.AddAlternativeString(mail.TypeTextHTML, html)
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("writing the letter: %w", err)
	}
	// Without the last CRLF the copy that arrives differs from the copy that was signed.
	if !bytes.HasSuffix(out.Bytes(), []byte("\r\n")) {
		out.WriteString("\r\n")
	}
	return out.Bytes(), checkRaw(out.Bytes())
}

// boundary gives a line that no part holds, the same for each try: nobody who writes into a letter knows its ID.
func boundary(id string) string {
	sum := sha256.Sum256([]byte("boundary of " + id))
	return "loquet-" + hex.EncodeToString(sum[:16])
}

func (l Letter) check() error {
	if !itemID.MatchString(l.ID) {
		return unfit("its ID cannot stand in a Message-ID")
	}
	if err := CheckAddress(l.To); err != nil {
		return err
	}
	if err := checkPortal(l.PortalURL); err != nil {
		return err
	}
	known := false
	for _, k := range Kinds {
		known = known || k == l.Kind
	}
	if err := l.checkDesk(); err != nil {
		return err
	}
	needs := l.shape() != noSecret
	switch {
	case !known:
		return unfit("nobody knows the kind %q", tidy(string(l.Kind), 40))
	case l.Kind == FactorNotice && !tellsOf(l.What):
		return unfit("a letter of kind %s tells nothing of %q", l.Kind, tidy(string(l.What), 40))
	case l.Created.IsZero():
		return unfit("it has no date")
	case needs && !token.MatchString(l.Secret):
		return unfit("a letter of kind %s needs a secret that can stand on a line", l.Kind)
	case needs && !l.ofDesk() && !l.Expires.After(l.Created):
		return unfit("its secret never lives")
	case l.SecretCode != "" && (l.shape() != linkCode || !token.MatchString(l.SecretCode)):
		return unfit("a code goes with a link only")
	case !needs && l.Secret != "":
		return unfit("a letter of kind %s holds no secret", l.Kind)
	}
	return nil
}

// text gives the plain form. Addresses and secrets stand on lines of their own, so that they can be picked up whole.
func (w words) text() string {
	var b strings.Builder
	for _, p := range w.Parts {
		switch p.Form {
		case fact:
			b.WriteString(p.Label + " " + p.Text + "\n\n")
		case secret, link, retype:
			b.WriteString(p.Label + "\n" + p.Text + "\n\n")
		case contact:
			b.WriteString(p.Label + "\n" + strings.Join(p.Lines, "\n") + "\n\n")
		case small:
			// "-- " marks what follows as a signature, which programs set apart (RFC 3676 §4.3).
			b.WriteString("-- \n" + p.Text + "\n")
		default:
			b.WriteString(p.Text + "\n\n")
		}
	}
	return b.String()
}

var colour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// fallbackColour is the line on top of letters whose organisation has chosen none.
const fallbackColour = "#1f4f8f"

func (w words) html(l Letter) (string, error) {
	line := l.Organisation.Appearance.Colour
	if !colour.MatchString(line) {
		line = fallbackColour
	}
	var b strings.Builder
	err := htmlLetter.Execute(&b, struct {
		words
		Organisation string
		Colour       template.CSS // checked by its shape just above
	}{w, tidy(l.Organisation.Name, longestName), template.CSS(line)})
	return b.String(), err
}
