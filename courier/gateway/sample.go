package gateway

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// plain and hostile are the two messages that every setting is tried with before the first real one. The second holds
// what ends a value in JSON, in a form, in XML and in a header.
var (
	plain   = message{"+33612345678", "Bonjour"}
	hostile = message{"+33698765432", "a\"b\\c&d=e+f%41<g>'h\r\nX-Evil: 1\r\n\r\n@ville.example #123456"}
)

// trySamples writes both messages and looks whether each says the whole message, and the second no more than that.
func (g *Gateway) trySamples(Settings) error {
	one, err := g.sample(message{g.number.write(plain.To), plain.Body})
	if err != nil {
		return err
	}
	two, err := g.sample(message{g.number.write(hostile.To), hostile.Body})
	if err != nil {
		return err
	}
	switch {
	case one.same(g, message{g.number.write(hostile.To), plain.Body}):
		return errors.New("sms: nothing says whom the message is for; write {{.To}} in the address or in sms_body")
	case one.same(g, message{g.number.write(plain.To), hostile.Body}):
		return errors.New("sms: nothing holds the message; write {{.Body}} in the address or in sms_body")
	case one.path != two.path && strings.Count(one.path, "/") != strings.Count(two.path, "/"),
		!slices.Equal(one.names, two.names):
		return errAddress
	}
	return g.sameForm(one, two)
}

// sampled is one request as it would leave.
type sampled struct {
	path  string   // escaped
	names []string // of the query
	whole string   // address and body
	body  string
}

func (g *Gateway) sample(m message) (sampled, error) {
	r, err := g.request(context.Background(), m)
	if err != nil {
		return sampled{}, err
	}
	s := sampled{path: r.URL.EscapedPath(), whole: r.URL.String()}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return sampled{}, errAddress
	}
	s.names = namesOf(values)
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return sampled{}, errBody
		}
		s.body = string(body)
		s.whole += "\n" + s.body
	}
	return s, nil
}

// same says whether another message is written in the same way.
func (s sampled) same(g *Gateway, m message) bool {
	other, err := g.sample(m)
	return err == nil && other.whole == s.whole
}

// sameForm says whether a message is a value in the body, whatever it holds.
func (g *Gateway) sameForm(one, two sampled) error {
	media, _, _ := mime.ParseMediaType(g.contentType) // it was read before
	switch {
	case g.method == http.MethodGet:
	case media == "application/json", strings.HasSuffix(media, "+json"):
		if !json.Valid([]byte(one.body)) || !json.Valid([]byte(two.body)) {
			return errors.New("sms_body: it is no JSON for every message; write {{json .To}} and {{json .Body}}, " +
				"without quotation marks around them")
		}
	case media == "application/xml", media == "text/xml", strings.HasSuffix(media, "+xml"):
		first, err1 := elements(one.body)
		second, err2 := elements(two.body)
		if err1 != nil || err2 != nil || first != second {
			return errors.New("sms_body: a message could add elements to the XML; write {{html .To}} and {{html .Body}}")
		}
	case media == "application/x-www-form-urlencoded":
		first, err1 := url.ParseQuery(one.body)
		second, err2 := url.ParseQuery(two.body)
		if err1 != nil || err2 != nil || !slices.Equal(namesOf(first), namesOf(second)) || strings.ContainsAny(two.body, "\r\n") {
			return errors.New("sms_body: a message could add fields to the form; write {{form .To}} and {{form .Body}}")
		}
	}
	return nil
}

// elements counts the beginnings and ends of elements, and whatever else is no text.
func elements(body string) (count int, err error) {
	for read := xml.NewDecoder(strings.NewReader(body)); ; {
		t, err := read.Token()
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return 0, err //nolint:wrapcheck // the caller says another sentence
		}
		if _, words := t.(xml.CharData); !words {
			count++
		}
	}
}

func namesOf(values url.Values) []string {
	var names []string
	for name, all := range values {
		for range all {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
