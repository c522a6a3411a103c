package courier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-message/mail"
)

// Kept is how many letters a Catcher remembers; older ones are forgotten.
const Kept = 5000

// Catcher is a Sender that keeps the letters instead of sending them: the mailbox of the demonstration and of tests.
type Catcher struct {
	address
	mu     sync.Mutex
	caught []Caught // oldest first, at most Kept
	total  int
	news   chan struct{} // closed and replaced at each letter
}

// Caught is one letter as its reader sees it.
type Caught struct {
	ID      int               `json:"-"` // 1, 2, 3 … in the order in which they came
	To      string            `json:"to"`
	From    string            `json:"from"`
	Subject string            `json:"subject"`
	Date    time.Time         `json:"date"`
	Headers map[string]string `json:"headers"` // spelt and folded out as written; the first of several
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
	Raw     []byte            `json:"-"`
}

// NewCatcher gives an empty mailbox whose letters come from the given address.
func NewCatcher(from string) (*Catcher, error) {
	a, err := parseFrom(from)
	if err != nil {
		return nil, err
	}
	return &Catcher{address: a, news: make(chan struct{})}, nil
}

// Send keeps the letter. It refuses what SMTP.Send refuses before it speaks to a server.
func (c *Catcher) Send(ctx context.Context, from, to string, raw []byte) error {
	if err := errors.Join(ctx.Err(), CheckAddress(from), CheckAddress(to), checkRaw(raw)); err != nil {
		return err
	}
	m, err := Read(raw)
	if err != nil {
		return err
	}
	m.To = to
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total++
	m.ID = c.total
	if len(c.caught) == Kept {
		c.caught[0] = Caught{} // the words of a forgotten letter are not held on to
		c.caught = c.caught[1:]
	}
	c.caught = append(c.caught, m)
	close(c.news)
	c.news = make(chan struct{})
	return nil
}

// Parallel is as many as a mail server is given at once.
func (c *Catcher) Parallel() int { return DefaultConnections }

// Letters gives at most max letters, the newest first.
func (c *Catcher) Letters(max int) []Caught {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := make([]Caught, 0, min(max, len(c.caught)))
	for i := len(c.caught) - 1; i >= 0 && len(newest) < max; i-- {
		newest = append(newest, c.caught[i])
	}
	return newest
}

// Wait gives the first letter to an address that is not older than the given number of letters, as Total counts them;
// it waits until there is one.
func (c *Catcher) Wait(ctx context.Context, to string, after int) (Caught, error) {
	for {
		c.mu.Lock()
		news := c.news
		for _, m := range c.caught {
			if m.ID > after && strings.EqualFold(m.To, to) {
				c.mu.Unlock()
				return m, nil
			}
		}
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return Caught{}, ctx.Err()
		case <-news:
		}
	}
}

// Total is how many letters have come since the start.
func (c *Catcher) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Read takes a letter apart, as a mail program does. The error says that it is not one.
func Read(raw []byte) (Caught, error) {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return Caught{}, fmt.Errorf("reading a letter: %w", err)
	}
	defer r.Close()
	m := Caught{Headers: map[string]string{}, Raw: raw}
	for fields := r.Header.Fields(); fields.Next(); {
		name := spelt(fields)
		if _, again := m.Headers[name]; again {
			continue
		}
		if m.Headers[name], err = fields.Text(); err != nil {
			m.Headers[name] = fields.Value()
		}
	}
	if m.Subject, err = r.Header.Subject(); err != nil {
		return Caught{}, fmt.Errorf("reading a letter's subject: %w", err)
	}
	if m.Date, err = r.Header.Date(); err != nil {
		return Caught{}, fmt.Errorf("reading a letter's date: %w", err)
	}
	m.From, m.To = m.Headers["From"], m.Headers["To"]
	if to, err := r.Header.AddressList("To"); err == nil && len(to) == 1 {
		m.To = to[0].Address
	}
	return m, m.parts(r)
}

// spelt gives a header's name as the letter spells it: Message-ID and not Message-Id.
func spelt(f interface {
	Raw() ([]byte, error)
	Key() string
}) string {
	raw, err := f.Raw()
	if name, _, ok := bytes.Cut(raw, []byte(":")); err == nil && ok {
		return string(name)
	}
	return f.Key()
}

func (m *Caught) parts(r *mail.Reader) error {
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a letter's parts: %w", err)
		}
		body, err := io.ReadAll(p.Body)
		if err != nil {
			return fmt.Errorf("reading a letter's words: %w", err)
		}
		if inline, ok := p.Header.(*mail.InlineHeader); ok {
			switch media, _, _ := inline.ContentType(); media {
			case "text/html":
				m.HTML += string(body)
			case "text/plain":
				m.Text += string(body)
			}
		}
	}
}
