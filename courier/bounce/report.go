package bounce

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
)

// Longest is how many octets of a returned mail are taken. A report is a few kilobytes and brings back at most a letter.
const Longest = 1 << 20

// The bounds within which a report is read, whoever has written it.
const (
	longestHead   = 64 << 10
	longestStatus = 256 << 10 // of the part that machines read
	longestWords  = 8 << 10   // of a report that is for people only
	deepest       = 5         // parts within parts
	mostParts     = 32
	mostGroups    = 64 // recipients
	mostFields    = 64 // of one of them
	longestField  = 4 << 10
)

// NoReport is the error of a mail that no mail server has written about a letter: an absence note, an answer, spam.
var NoReport = errors.New("not a report of a mail server")

// Action is what a mail server has done with a letter (RFC 3464 §2.3.3).
type Action string

// The actions.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered"
	Relayed   Action = "relayed"  // handed to a server that writes no reports
	Expanded  Action = "expanded" // delivered to a list, which sends it on
)

// Report is what a mail server says about a letter.
type Report struct {
	Recipients []Recipient // at least one
}

// Recipient is what it says about one recipient.
type Recipient struct {
	Final    string // the address as that server knew it; "" where it does not say
	Original string // the address as the letter had it; "" where it does not say
	Action   Action
	Status   string // of RFC 3463; "" for none
	By       string // the server whose words these are: the remote one, or else the one that reports
	Said     string // its words, as they came: neither short nor harmless
}

// Is says whether the recipient has this address, in whatever case; one that names no address has every one, because
// the address that the report came to says which letter it is about.
func (r Recipient) Is(address string) bool {
	if r.Final == "" && r.Original == "" {
		return true
	}
	return strings.EqualFold(r.Final, address) || strings.EqualFold(r.Original, address)
}

// Gone says whether the address itself does not work: given up, with a code that says so.
func (r Recipient) Gone() bool { return r.Action == Failed && ReasonOf(r.Status) == Gone }

// About gives what a report says about an address. Where it says two things, the failure counts.
func (r Report) About(address string) (Recipient, bool) {
	var found Recipient
	about := false
	for _, one := range r.Recipients {
		if one.Is(address) && (!about || one.Action == Failed && found.Action != Failed) {
			found, about = one, true
		}
	}
	return found, about
}

// Parse reads a returned mail: a report of RFC 3464 in a multipart/report of RFC 6522, its international form of
// RFC 6533, or the older form of Exim and Gmail, which names the recipients in the header X-Failed-Recipients and
// speaks to people only. It gives NoReport for everything else.
func Parse(raw []byte) (Report, error) {
	if len(raw) > Longest {
		return Report{}, fmt.Errorf("%w: longer than %d octets", NoReport, Longest)
	}
	if bytes.HasPrefix(raw, []byte("From ")) { // the first line that mailboxes and pipes put before a mail
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	mail, err := message.ReadWithOptions(bytes.NewReader(raw), &message.ReadOptions{MaxHeaderBytes: longestHead})
	if mail == nil {
		return Report{}, fmt.Errorf("%w: %w", NoReport, err)
	}
	media, parameters, _ := mail.Header.ContentType()
	kind := parameters["report-type"]
	if strings.EqualFold(media, "multipart/report") && (kind == "" || strings.EqualFold(kind, "delivery-status")) {
		parts := mostParts
		if body := status(mail, deepest, &parts); body != nil {
			if r := readStatus(body); len(r.Recipients) > 0 {
				return r, nil
			}
		}
	}
	if r := oldForm(mail.Header.Get("X-Failed-Recipients"), mail.Body); len(r.Recipients) > 0 {
		return r, nil
	}
	return Report{}, NoReport
}

// status finds the part that is for machines. It does not look into the letter that came back.
func status(e *message.Entity, depth int, parts *int) []byte {
	media, _, _ := e.Header.ContentType()
	switch strings.ToLower(media) {
	case "message/delivery-status", "message/global-delivery-status":
		body, err := io.ReadAll(io.LimitReader(e.Body, longestStatus))
		if err != nil && len(body) == 0 {
			return nil
		}
		return body
	}
	multi := e.MultipartReader()
	if multi == nil || depth == 0 {
		return nil
	}
	for {
		part, err := multi.NextPart()
		if *parts--; part == nil || err != nil && !message.IsUnknownCharset(err) || *parts < 0 {
			return nil
		}
		if body := status(part, depth-1, parts); body != nil {
			return body
		}
	}
}

// readStatus reads the groups of fields: one about the letter, then one for each recipient. Servers leave out the blank
// line between the first two, or write several.
func readStatus(body []byte) Report {
	var r Report
	reporter, group := "", fields{}
	end := func() {
		if by := group["reporting-mta"]; by != "" {
			reporter = host(by)
		}
		if one, about := group.recipient(); about && len(r.Recipients) < mostGroups {
			r.Recipients = append(r.Recipients, one)
		}
		group = fields{}
	}
	last := ""
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		switch name, value, named := strings.Cut(line, ":"); {
		case strings.TrimSpace(line) == "":
			end()
			last = ""
		case line[0] == ' ' || line[0] == '\t':
			group.add(last, line)
		case named:
			last = strings.ToLower(strings.TrimSpace(name))
			if _, twice := group[last]; twice {
				last = "" // the first one counts, and its own continuation only
			}
			group.add(last, value)
		}
	}
	end()
	for i := range r.Recipients {
		if r.Recipients[i].By == "" {
			r.Recipients[i].By = reporter
		}
	}
	return r
}

// fields are those of one group, by their names in lower case.
type fields map[string]string

// add puts words behind those of a field, up to a length.
func (f fields) add(name, words string) {
	before, known := f[name]
	if name == "" || !known && len(f) >= mostFields || len(before)+len(words) >= longestField {
		return
	}
	f[name] = strings.TrimSpace(before + " " + strings.TrimSpace(words))
}

// recipient makes one of a group; false for a group about the letter as a whole.
func (f fields) recipient() (Recipient, bool) {
	action, _, _ := strings.Cut(f["action"], " ")
	r := Recipient{
		Final: bare(f["final-recipient"]), Original: bare(f["original-recipient"]),
		Action: Action(strings.ToLower(action)), By: host(f["remote-mta"]), Said: untyped(f["diagnostic-code"]),
	}
	switch r.Action {
	case Failed, Delayed, Delivered, Relayed, Expanded:
	default:
		return Recipient{}, false
	}
	r.Status = statusOf(f["status"], r.Said)
	return r, true
}

// untyped gives what follows the type in a field such as "smtp; 550 no".
func untyped(field string) string {
	if kind, value, typed := strings.Cut(field, ";"); typed && !strings.ContainsAny(kind, " \t") {
		field = value
	}
	return strings.TrimSpace(field)
}

// host gives the name in a field such as "dns; mx.orange.example. (192.0.2.7)".
func host(field string) string {
	name, _, _ := strings.Cut(untyped(field), " ")
	return strings.TrimSuffix(name, ".")
}

// bare gives the address of a field such as "rfc822; <claire@orange.example>".
func bare(field string) string { return strings.Trim(untyped(field), "<> \t") }
