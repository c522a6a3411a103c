package courier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"loquet/courier/bounce"
)

const (
	lmtpIdle       = time.Minute      // for a command or a line
	lmtpTake       = 20 * time.Second // for the store
	lmtpRecipients = 16               // of one mail; a report has one
	lmtpLine       = 16 << 10         // octets; SMTP allows 1000, and some reports bring back longer ones
)

// ListenReturns opens the door that our own mail server brings returned mail to: unix:/run/loquet/bounces.sock, or an
// address and port of the loopback interface. Any other is refused: whoever reaches it may speak in the name of every
// mail server, and the token in the address is then the only lock.
func ListenReturns(ctx context.Context, where string) (net.Listener, error) {
	var lc net.ListenConfig
	if path, unix := strings.CutPrefix(where, "unix:"); unix {
		if !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("%q: after unix: comes the whole path of a socket", where)
		}
		if err := sweep(ctx, path); err != nil {
			return nil, err
		}
		l, err := lc.Listen(ctx, "unix", path)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w; make its folder, and let this user write there", where, err)
		}
		if err := os.Chmod(path, 0o660); err != nil { //nolint:gosec // the mail server's user is of the socket's group
			return nil, errors.Join(fmt.Errorf("the socket %s: %w", path, err), l.Close())
		}
		return l, nil
	}
	if at, err := netip.ParseAddrPort(where); err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("%q is neither unix:/… nor a loopback address with a port, such as 127.0.0.1:2424", where)
	}
	l, err := lc.Listen(ctx, "tcp", where)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; stop what runs there or give another address", where, err)
	}
	return l, nil
}

// sweep takes away the socket that a program has left which was killed. One that answers is somebody's.
func sweep(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return nil //nolint:nilerr // there is none, or listening will say what is wrong
	}
	if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is no socket; name another path", path)
	}
	var d net.Dialer
	if conn, err := d.DialContext(ctx, "unix", path); err == nil {
		_ = conn.Close()
		return fmt.Errorf("somebody listens on %s already", path)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("the socket that was left behind: %w", err)
	}
	return nil
}

// LMTP is the server behind ListenReturns (RFC 2033): each recipient gets an answer of its own, and nothing is
// queued here.
type LMTP struct{ server *smtp.Server }

// NewLMTP gives the server; Serve starts it.
func NewLMTP(returns *Returns) *LMTP {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &returning{returns: returns}, nil
	}))
	s.LMTP, s.Domain, s.EnableSMTPUTF8 = true, "localhost", true
	s.MaxRecipients, s.MaxMessageBytes, s.MaxLineLength = lmtpRecipients, bounce.Longest, lmtpLine
	s.ReadTimeout, s.WriteTimeout = lmtpIdle, lmtpIdle
	s.ErrorLog = slog.NewLogLogger(returns.Log.Handler(), slog.LevelDebug)
	return &LMTP{s}
}

// Serve answers on a listener until Shutdown.
func (l *LMTP) Serve(on net.Listener) error {
	if err := l.server.Serve(on); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("taking returned mail: %w", err)
	}
	return nil
}

// Shutdown lets what is being taken finish until ctx is done, then hangs up.
func (l *LMTP) Shutdown(ctx context.Context) {
	if l.server.Shutdown(ctx) != nil {
		_ = l.server.Close()
	}
}

// returning is one transaction of the mail server with us.
type returning struct {
	returns *Returns
	to      []string
}

func (s *returning) Reset() { s.to = nil }

func (s *returning) Logout() error { return nil }

func (s *returning) Mail(string, *smtp.MailOptions) error { return nil }

func (s *returning) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *returning) Data(io.Reader) error { return errLater } // LMTPData is called instead

// LMTPData takes the mail for each recipient by itself.
func (s *returning) LMTPData(r io.Reader, status smtp.StatusCollector) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err //nolint:wrapcheck // the server has made it
	}
	ctx, cancel := context.WithTimeout(context.Background(), lmtpTake)
	defer cancel()
	for _, to := range s.to {
		if _, err := s.returns.Take(ctx, to, raw); err != nil {
			status.SetStatus(to, errLater)
			continue
		}
		status.SetStatus(to, nil)
	}
	return nil
}

// errLater has the mail server keep the mail and try again. It says nothing about why.
var errLater = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Not now, try again later"}
