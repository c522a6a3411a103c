package courier

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TextSender hands a text message to something that delivers it. It is safe for use by many goroutines.
type TextSender interface {
	// SendText hands over one message to one number in E.164 form. It has gone when and only when the error is nil; a
	// Refusal says whether trying again makes sense.
	SendText(ctx context.Context, to, body string) error
}

// LongestText is how long a text message may be, in characters of GSM 03.38: two parts of 153.
const LongestText = 2 * 153

const (
	longestTextName = 40 // code points of an address in a text message
	longestTextWho  = 24 // of a person's name
)

// longestTextNames are how many code points of an organisation's name stand in a text message: as many as leave room
// for the rest, in a portal whose address is long.
var longestTextNames = []int{40, 24, tightest}

// tightest is as much of a name as is left where nothing else fits; the new address is left to the letter then.
const tightest = 12

// RenderText writes a text message: short, in the characters that every network carries (GSM 03.38), with at most one
// link. The same letter gives the same words, at every try. What can never be written is Unfit, as Render says.
func RenderText(l Letter) (string, error) {
	if err := l.checkText(); err != nil {
		return "", err
	}
	for _, name := range longestTextNames {
		var body string
		switch {
		case l.Kind == CallerCode:
			body = l.callerCode(name)
		case l.Kind == SlipText:
			body = l.slipText(name)
		case l.ofDesk():
			body = l.deskText(name)
		default:
			body = l.addressText(name)
		}
		if utf8.RuneCountInString(body) <= LongestText {
			return body, nil
		}
	}
	return "", unfit("it is longer than two parts")
}

var (
	e164   = regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	digits = regexp.MustCompile(`^[0-9]{6}$`)
)

// CheckNumber is the last door of text messages: it refuses, as Unfit, all that is not exactly one number in E.164 form.
func CheckNumber(number string) error {
	if !e164.MatchString(number) {
		return unfit("the recipient is not one number")
	}
	return nil
}

func (l Letter) checkText() error {
	if err := CheckNumber(l.To); err != nil {
		return err
	}
	switch {
	case !slices.Contains(Texts, l.Kind):
		return unfit("%q is no text message", tidy(string(l.Kind), 40))
	case !itemID.MatchString(l.ID):
		return unfit("its ID is none")
	case l.SecretCode != "":
		return unfit("a code goes with a link only")
	case l.Kind == CallerCode && !digits.MatchString(l.Secret):
		return unfit("a code to be read out has six digits")
	case l.Kind == CallerCode && !l.Expires.After(l.Created):
		return unfit("its secret never lives")
	case l.Kind == CallerCode && l.Host != "" && !domain.MatchString(l.Host):
		return unfit("a code is bound to a host name, and to nothing more")
	case l.shape() != noSecret && !token.MatchString(l.Secret):
		return unfit("a text message needs one link")
	case l.Kind == SlipText && l.Secret != "":
		return unfit("a text message about a slip holds no secret")
	}
	if err := l.checkDesk(); err != nil {
		return err
	}
	return checkPortal(l.PortalURL)
}

// addressText asks a new number to confirm, or tells the one before of a change.
func (l Letter) addressText(longest int) string {
	key, path := "text."+string(l.Kind), "/confirm/"
	if l.shape() == stop {
		path = "/stop/"
		if !l.Mobile {
			key += ".email"
		}
		if l.AskedBy != "" {
			key += ".by"
		}
	}
	words := plainText(l.printer().Say(key,
		"Organisation", tidy(l.Organisation.Name, longest), "By", tidy(l.AskedBy, longestTextWho),
		"Address", tidy(l.NewAddress, longestTextName)))
	return words + " " + l.PortalURL + path + l.Secret
}

// gsm holds the characters of GSM 03.38 (3GPP TS 23.038 §6.2.1) that these messages may hold: without the line ends,
// and without those that take the room of two.
const gsm = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿" +
	"abcdefghijklmnopqrstuvwxyzäöñüà"

// plainText brings words into GSM 03.38: an accent that it does not know is left out, typography becomes what a
// typewriter has.
func plainText(words string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(words) {
		switch {
		case strings.ContainsRune(gsm, r):
			b.WriteRune(r)
		case r == '\u202f' || r == '\u00a0':
			b.WriteByte(' ')
		case r == '’' || r == '‘':
			b.WriteByte('\'')
		case strings.ContainsRune("«»“”", r):
			b.WriteByte('"')
		case r == 'œ':
			b.WriteString("oe")
		case r == 'Œ':
			b.WriteString("OE")
		case r == '…':
			b.WriteString("...")
		case r == '–' || r == '—' || r == '‑':
			b.WriteByte('-')
		default:
			for _, part := range norm.NFD.String(string(r)) {
				if !unicode.Is(unicode.Mn, part) && strings.ContainsRune(gsm, part) {
					b.WriteRune(part)
				}
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// TextCatcher is a TextSender that keeps the messages: the telephone of the demonstration and of tests.
type TextCatcher struct {
	mu     sync.Mutex
	caught []CaughtText // oldest first, at most Kept
	news   chan struct{}
	clock  func() time.Time
}

// CaughtText is one text message as its reader sees it.
type CaughtText struct {
	To   string    `json:"to"`
	Body string    `json:"body"`
	Date time.Time `json:"date"`
}

// NewTextCatcher gives a telephone that has received nothing. clock is time.Now but in tests.
func NewTextCatcher(clock func() time.Time) *TextCatcher {
	return &TextCatcher{news: make(chan struct{}), clock: clock}
}

// SendText keeps the message.
func (c *TextCatcher) SendText(ctx context.Context, to, body string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.caught) == Kept {
		c.caught = c.caught[1:]
	}
	c.caught = append(c.caught, CaughtText{to, body, c.clock()})
	close(c.news)
	c.news = make(chan struct{})
	return nil
}

// Texts gives at most max messages, the newest first.
func (c *TextCatcher) Texts(max int) []CaughtText {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := slices.Clone(c.caught[len(c.caught)-min(max, len(c.caught)):])
	slices.Reverse(newest)
	return newest
}

// Wait gives the newest message to a number; it waits until there is one.
func (c *TextCatcher) Wait(ctx context.Context, to string) (CaughtText, error) {
	for {
		c.mu.Lock()
		news := c.news
		c.mu.Unlock()
		for _, m := range c.Texts(Kept) {
			if m.To == to {
				return m, nil
			}
		}
		select {
		case <-ctx.Done():
			return CaughtText{}, ctx.Err()
		case <-news:
		}
	}
}
