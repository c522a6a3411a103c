package bench

import (
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// sink is a mail server that takes every letter at once and remembers when.
type sink struct {
	address string
	server  *smtp.Server
	mu      sync.Mutex
	taken   map[string]time.Time // first letter by address
	news    chan struct{}        // closed and replaced at each letter
}

func listen() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the mail server of the bench: %w", err)
	}
	s := &sink{address: l.Addr().String(), taken: map[string]time.Time{}, news: make(chan struct{})}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &visit{sink: s}, nil }))
	s.server.Domain = "localhost"
	go func() { _ = s.server.Serve(l) }() // until close
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

// when gives the time at which a letter to an address was taken.
func (s *sink) when(to string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.taken[to]
	return at, ok
}

// visit is one connection of the product.
type visit struct {
	sink *sink
	to   string
}

func (*visit) Mail(string, *smtp.MailOptions) error { return nil }
func (*visit) Reset()                               {}
func (*visit) Logout() error                        { return nil }

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	return nil
}

func (v *visit) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("reading a letter: %w", err)
	}
	v.sink.mu.Lock()
	defer v.sink.mu.Unlock()
	if _, again := v.sink.taken[v.to]; !again {
		v.sink.taken[v.to] = time.Now()
	}
	close(v.sink.news)
	v.sink.news = make(chan struct{})
	return nil
}

// waitFor waits until so many people have a letter.
func (s *sink) waitFor(many int, long time.Duration) error {
	over := time.NewTimer(long)
	defer over.Stop()
	for {
		s.mu.Lock()
		have, news := len(s.taken), s.news
		s.mu.Unlock()
		if have >= many {
			return nil
		}
		select {
		case <-news:
		case <-over.C:
			return fmt.Errorf("after %v %d of %d letters are out", long, have, many)
		}
	}
}
