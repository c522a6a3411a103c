package bounce

import (
	"io"
	"regexp"
	"strings"
)

var (
	codeOnTop = regexp.MustCompile(`^\s*([245]\.\d{1,3}\.\d{1,3})\b`)
	// codeInside finds a code in a server's words, where it follows the code of three digits or a mark, and takes no part
	// of a version or of an address on the network for one.
	codeInside = regexp.MustCompile(`(?:^|[45]\d\d[ -]|[#(])([45]\.\d{1,3}\.\d{1,3})(?:$|[^.\d])`)
)

// statusOf gives the code of a report. Exim writes 5.0.0 whatever happened, and so do others: the code in the words of
// the server that refused says more, where it is of the same class.
func statusOf(field, said string) string {
	status := ""
	if found := codeOnTop.FindStringSubmatch(field); found != nil {
		status = found[1]
	}
	if status != "" && !strings.HasSuffix(status, ".0.0") {
		return status
	}
	if found := codeInside.FindStringSubmatch(said); found != nil && (status == "" || found[1][0] == status[0]) {
		return found[1]
	}
	return status
}

// oldForm reads a report that is for people only: its header names the recipients, and its words hold what the server
// said. One such mail has one text for all.
func oldForm(failed string, body io.Reader) Report {
	words, _ := io.ReadAll(io.LimitReader(body, longestWords)) // what can be read of it will do
	text, _, _ := strings.Cut(string(words), "This is a copy of the message")
	said := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); codeInside.MatchString(line) || answered.MatchString(line) {
			said = line
			break
		}
	}
	if at := answered.FindStringIndex(said); at != nil {
		said = strings.TrimLeft(said[at[0]:], " :")
	}
	var r Report
	for address := range strings.SplitSeq(failed, ",") {
		if address = bare(address); address == "" || len(r.Recipients) == mostGroups {
			continue
		}
		r.Recipients = append(r.Recipients, Recipient{
			Final: address, Action: Failed, Status: statusOf("5.0.0", said), Said: said,
		})
	}
	return r
}

// answered finds what a server answered in a sentence about it: "host mx.orange.example [192.0.2.7]: 550 5.1.1 …".
var answered = regexp.MustCompile(`(?:^|: )5\d\d[ -]`)
