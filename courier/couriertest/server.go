// Package couriertest holds what tests need around package courier: a real mail server on the loopback interface that
// answers as a test has told it, and an outbox in memory.
//
// It promises that the product does not carry a mail server: nothing outside tests imports it.
package couriertest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Message is one letter that the server was given.
type Message struct {
	From, To string
	Raw      []byte
	TLS      bool   // it came over TLS
	User     string // who had signed in
}

// Answer is what the server does with letters to an address. The zero Answer takes them.
type Answer struct {
	Rcpt, Data *smtp.SMTPError // refuses after RCPT TO, or after the last line
	HangUp     Moment          // closes the connection
	Hold       <-chan struct{} // waits until it is closed, before the answer to the last line
	Held       func()          // is called when a letter begins to wait
	Times      int             // for that many letters only; 0 for all
}

// Moment is when a server hangs up.
type Moment string

// The moments.
const (
	Never  Moment = ""
	Within Moment = "within" // in the middle of the letter, which is lost
	After  Moment = "after"  // after the letter was taken, before the sender is told
)

// Way is how the server talks.
type Way string

// The ways.
const (
	Clear    Way = "clear"    // no TLS on offer
	StartTLS Way = "starttls" // TLS on offer
	TLS      Way = "tls"      // TLS from the first byte
)

// Server is a mail server for one test.
type Server struct {
	Addr      string // host:port on the loopback interface
	Authority string // file name of the certificate that it is known by
	smtp      *smtp.Server
	mu        sync.Mutex
	answers   map[string]Answer
	taken     []Message
	lost      []Message
	open      []*smtp.Conn
	sessions  int
	retired   int // sessions up to this one are told to go
	signIns   int
	user      string
	password  string
}

// Start runs a server until the end of the test.
func Start(t testing.TB, way Way) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: listener.Addr().String(), answers: map[string]Answer{}}
	s.Authority = filepath.Join(t.TempDir(), "authority.pem")
	certificate := newCertificate(t, s.Authority)
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sessions++
		s.open = append(s.open, c)
		return &session{server: s, conn: c, number: s.sessions}, nil
	}))
	s.smtp.Domain, s.smtp.MaxRecipients, s.smtp.ReadTimeout = "localhost", 1, time.Minute
	s.smtp.AllowInsecureAuth = true // a server that would take a password in clear, to prove that none is sent
	s.smtp.ErrorLog = quiet{}
	switch way {
	case StartTLS:
		s.smtp.TLSConfig = certificate
	case TLS:
		listener = tls.NewListener(listener, certificate)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.smtp.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = s.smtp.Close()
		_ = listener.Close() // a server that was closed before it began does not know its listener
		<-served
	})
	return s
}

// quiet drops what the server would print: connections are cut on purpose.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// SignIn has the server ask for a user and a password.
func (s *Server) SignIn(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user, s.password = user, password
}

// Answer tells the server what to do with letters to an address.
func (s *Server) Answer(to string, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[to] = a
}

// Taken gives the letters that the server took, in the order in which it did.
func (s *Server) Taken() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.taken...)
}

// Refused gives the letters that the server has read to the end and then refused or hung up on.
func (s *Server) Refused() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.lost...)
}

// Sessions is how many greetings the server has answered, one more after each STARTTLS.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// HangUp closes every connection, as a server does with idle ones.
func (s *Server) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		_ = c.Conn().Close() // closed ones among them: nothing to do
	}
	s.open = nil
}

// Retire has the server say 421 to the next letter on each connection that is open now.
func (s *Server) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = s.sessions
}

// SignIns is how many passwords the server was given, right or wrong.
func (s *Server) SignIns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIns
}

// answer gives what to do with a letter and counts it.
func (s *Server) answer(to string) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.answers[to]
	if a.Times > 0 {
		if a.Times--; a.Times == 0 {
			delete(s.answers, to)
		} else {
			s.answers[to] = a
		}
	}
	return a
}

func (s *Server) put(m Message, taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if taken {
		s.taken = append(s.taken, m)
		return
	}
	s.lost = append(s.lost, m)
}

// session is one connection.
type session struct {
	server   *Server
	conn     *smtp.Conn
	number   int
	user     string
	from, to string
	then     Answer
}

func (s *session) Reset()        { s.from, s.to = "", "" }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.server.mu.Lock()
		defer s.server.mu.Unlock()
		s.server.signIns++
		if user != s.server.user || password != s.server.password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.user != "" && s.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	if s.number <= s.server.retired {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 4, 2}, Message: "Idle for too long"}
	}
	if s.from != "" {
		return &smtp.SMTPError{Code: 503, EnhancedCode: smtp.EnhancedCode{5, 5, 1}, Message: "Nested MAIL"}
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.then = s.server.answer(to)
	if s.then.Rcpt != nil {
		return s.then.Rcpt
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	if s.then.HangUp == Within {
		if _, err := io.ReadFull(r, make([]byte, 64)); err != nil {
			return err
		}
		return errors.Join(errors.New("cut"), s.conn.Conn().Close())
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.then.Hold != nil {
		if s.then.Held != nil {
			s.then.Held()
		}
		<-s.then.Hold
	}
	_, secure := s.conn.TLSConnectionState()
	m := Message{From: s.from, To: s.to, Raw: raw, TLS: secure, User: s.user}
	if s.then.Data != nil {
		s.server.put(m, false)
		return s.then.Data
	}
	s.server.put(m, true)
	if s.then.HangUp == After {
		return errors.Join(errors.New("cut"), s.conn.Conn().Close())
	}
	return nil
}
