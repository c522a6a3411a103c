package gateway

import (
	"net/url"
	"regexp"
	"strings"
)

// values finds what may be a value in an address or a body: six letters or more, for shorter ones are words.
var values = regexp.MustCompile(`[^/?&=;{}\[\]<>"',:\s]{6,}`)

// plainWord is what a path is made of where it holds no key.
var plainWord = regexp.MustCompile(`^[a-z.-]+$`)

// secretsOf takes out of an answer all that the settings may hold that proves us to the gateway: a gateway may repeat it
// to say that it is wrong. The names of fields stay, and so does the gateway's own name.
func secretsOf(s Settings) *strings.Replacer {
	var pairs []string
	add := func(value string) {
		for _, v := range []string{value, unescaped(value)} {
			if v != "" {
				pairs = append(pairs, v, "…")
			}
		}
	}
	add(s.Token)
	for _, line := range s.Headers {
		_, value, _ := strings.Cut(line, ":")
		add(strings.TrimSpace(value)) // whole, before its parts
		for _, v := range values.FindAllString(value, -1) {
			add(v)
		}
	}
	_, address, _ := strings.Cut(s.Address, "://")
	_, address, _ = strings.Cut(address, "/")
	path, query, _ := strings.Cut(address, "?")
	for _, v := range values.FindAllString(path, -1) {
		if !plainWord.MatchString(v) {
			add(v)
		}
	}
	for _, place := range []string{query, s.Body} {
		for _, at := range values.FindAllStringIndex(place, -1) {
			next := place[at[1]:]
			if !strings.HasPrefix(next, "=") && !strings.HasPrefix(next, `":`) {
				add(place[at[0]:at[1]])
			}
		}
	}
	return strings.NewReplacer(pairs...)
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}
