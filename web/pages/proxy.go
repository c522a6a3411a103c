package pages

import (
	"net/url"
	"strconv"
	"strings"

	forwardauth "loquet/docs/forward-auth"
)

// proxyLines is what a proxy before an application is told, in its own language.
type proxyLines struct{ name, lines string }

// rows is how many lines are shown at once.
func (c proxyLines) rows() string { return strconv.Itoa(min(14, strings.Count(c.lines, "\n")+1)) }

// proxies gives the shipped file of each proxy, with this application's own hosts in it.
func (p ApplicationForm) proxies() (all []proxyLines) {
	portal, err := url.Parse(p.Issuer)
	if err != nil {
		return nil
	}
	at, err := url.Parse(p.Application.URL)
	if err != nil {
		return nil
	}
	for _, proxy := range forwardauth.Proxies {
		all = append(all, proxyLines{proxy, forwardauth.For(proxy, at.Hostname(), portal.Host)})
	}
	return all
}
