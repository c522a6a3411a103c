package oidc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"loquet/limit"
	"loquet/organisation"
)

// Served are the paths that programs ask, without a browser's cookies, and their methods. OPTIONS is for programs in
// pages of other sites (Fetch Standard, CORS).
var Served = map[string][]string{
	DiscoveryPath: {http.MethodGet}, MetadataPath: {http.MethodGet}, KeysPath: {http.MethodGet}, TokenPath: {http.MethodPost, http.MethodOptions},
	UserInfoPath: {http.MethodGet, http.MethodPost, http.MethodOptions}, RevokePath: {http.MethodPost, http.MethodOptions},
	IntrospectPath: {http.MethodPost}, PushPath: {http.MethodPost},
}

// mostForm is how many bytes a program may send (ATK-095).
const mostForm = 16 << 10

// Serve answers a program. When the database is away it says so with 503, and never that a token is worth nothing:
// whoever is told that throws it away.
func (f *Flow) Serve(rw http.ResponseWriter, r *http.Request, o organisation.Organisation) error {
	if r.Method == http.MethodOptions {
		return preflight(rw)
	}
	p, err := f.provider(o)
	if err != nil {
		return err
	}
	ctx, c := f.called(r.Context(), o)
	c.redeems = r.URL.Path == TokenPath
	said := strings.Fields(r.Header.Get("Authorization")) // as the library reads it
	if r.URL.Path == UserInfoPath && len(said) == 2 {
		c.bearer = said[1]
	}
	r = r.Clone(ctx)
	if r.URL.Path == MetadataPath {
		r.URL.Path = DiscoveryPath
	}
	if r.Method == http.MethodPost {
		if err := readForm(rw, r); err != nil {
			return tell(rw, http.StatusBadRequest, "invalid_request", err.Error())
		}
		c.secretIn = goidc.AuthnMethodSecretPost
	}
	if err := plainBasic(r); err != nil {
		return tell(rw, http.StatusUnauthorized, "invalid_client", err.Error())
	}
	if _, _, ok := r.BasicAuth(); ok {
		c.secretIn = goidc.AuthnMethodSecretBasic
	}
	answer := &answer{header: http.Header{}}
	p.Handler().ServeHTTP(answer, r)
	var over limit.Over
	if errors.As(c.broken, &over) { // RFC 9126 §2.3
		rw.Header().Set("Retry-After", strconv.Itoa(int(over.Wait.Seconds())+1))
		return tell(rw, http.StatusTooManyRequests, "temporarily_unavailable", "too many requests wait already")
	}
	if c.broken != nil {
		f.Log.ErrorContext(ctx, "an application could not be answered", "organisation", o.Slug, "error", c.broken)
		rw.Header().Set("Retry-After", "5")
		return tell(rw, http.StatusServiceUnavailable, "temporarily_unavailable", "come back in a few seconds")
	}
	if c.hidden { // RFC 7662 §2.2: it is not told why
		answer.status = http.StatusOK
		answer.body.Reset()
		answer.body.WriteString(`{"active":false}` + "\n")
	}
	if r.URL.Path == DiscoveryPath {
		if err := answer.add(f.Issuer(o)); err != nil {
			return err
		}
	}
	return answer.send(rw, r)
}

// preflight lets programs in pages of other sites ask: nothing that they bring rests on a cookie.
func preflight(rw http.ResponseWriter) error {
	h := rw.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
	h.Set("Access-Control-Max-Age", "600")
	rw.WriteHeader(http.StatusNoContent)
	return nil
}

// readForm reads the body of a program's request: a form, each parameter once (RFC 6749 §3.2).
func readForm(rw http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(rw, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("the form cannot be read, or is longer than %d bytes", mostForm)
	}
	for name, values := range r.PostForm {
		if len(values) != 1 {
			return fmt.Errorf("parameter %.40q comes more than once", name)
		}
	}
	if r.URL.Path != PushPath {
		return nil
	}
	kept, err := forgiven(r.PostForm)
	if err != nil {
		return err
	}
	if foreignMode(kept) {
		return fmt.Errorf("response_mode must be query or form_post")
	}
	r.PostForm, r.Form = kept, kept
	return nil
}

// plainBasic undoes the form encoding of the two halves of a client's Basic authentication, which the library leaves
// (RFC 6749 §2.3.1).
func plainBasic(r *http.Request) error {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return nil
	}
	id, err := url.QueryUnescape(id)
	if err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return fmt.Errorf("the client's name or secret is not form-encoded")
	}
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(id+":"+secret)))
	return nil
}

// answer keeps what the library writes until it is known to be true.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b) //nolint:wrapcheck // never fails
}

// add puts into the discovery what we do beside the library, and takes out what it offers and we do not.
func (a *answer) add(issuer string) error {
	var said map[string]any
	if err := json.Unmarshal(a.body.Bytes(), &said); err != nil {
		return fmt.Errorf("reading the discovery: %w", err)
	}
	delete(said, "registration_endpoint")
	maps.Copy(said, logoutMetadata(issuer))
	said["response_modes_supported"] = []string{"query", "form_post"}
	said["introspection_endpoint_auth_methods_supported"] = []string{"client_secret_basic", "client_secret_post"}
	said["request_parameter_supported"], said["request_uri_parameter_supported"] = false, false
	said["prompt_values_supported"] = []string{"none", "login", "consent", "select_account"}
	a.body.Reset()
	return json.NewEncoder(&a.body).Encode(said) //nolint:wrapcheck // of what was JSON a moment ago
}

// send hands the answer over. Programs in other sites' pages may read it: it rests on no cookie.
func (a *answer) send(rw http.ResponseWriter, r *http.Request) error {
	h := rw.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	switch {
	case r.URL.Path == DiscoveryPath || r.URL.Path == KeysPath:
		h.Set("Cache-Control", "public, max-age=300")
	default:
		h.Set("Cache-Control", "no-store")
	}
	if a.status == http.StatusUnauthorized && h.Get("WWW-Authenticate") == "" {
		scheme := "Basic"
		if r.URL.Path == UserInfoPath {
			scheme = `Bearer error="invalid_token"`
		}
		h.Set("WWW-Authenticate", scheme)
	}
	h.Set("Content-Length", strconv.Itoa(a.body.Len()))
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body.Bytes()) // a program that has gone is no failure of ours
	return nil
}

// tell answers a program with an error of RFC 6749 §5.2.
func tell(rw http.ResponseWriter, status int, code, why string) error {
	h := rw.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Basic")
	}
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"error": code, "error_description": why})
	return nil
}

// formKeeper keeps back the page that the library makes of an answer to be posted: it has a script, which no page of
// ours may have, and no button.
type formKeeper struct {
	http.ResponseWriter
	page *bytes.Buffer
}

func (k *formKeeper) WriteHeader(status int) {
	if strings.HasPrefix(k.Header().Get("Content-Type"), "text/html") && status == http.StatusOK {
		k.page = &bytes.Buffer{}
		return
	}
	k.ResponseWriter.WriteHeader(status)
}

func (k *formKeeper) Write(b []byte) (int, error) {
	if k.page != nil {
		return k.page.Write(b) //nolint:wrapcheck // never fails
	}
	return k.ResponseWriter.Write(b) //nolint:wrapcheck // a pass-through
}

// form reads the page that was kept back, nil for none.
func (k *formKeeper) form() (*Form, error) {
	if k.page == nil {
		return nil, nil
	}
	root, err := html.Parse(k.page)
	if err != nil {
		return nil, fmt.Errorf("reading an answer to be posted: %w", err)
	}
	f := &Form{}
	for n := range root.Descendants() {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch n.DataAtom {
		case atom.Form:
			f.Action = attributes["action"]
		case atom.Input:
			f.Fields = append(f.Fields, [2]string{attributes["name"], attributes["value"]})
		}
	}
	return f, nil
}
