package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"loquet/courier"
	"loquet/courier/gateway"
)

const token = "sesame-of-the-gateway"

// listen gives a gateway that answers with a status, and what it was sent.
func listen(t *testing.T, status int, said string) (*gateway.Gateway, *[]*http.Request, *[]string) {
	t.Helper()
	var asked []*http.Request
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked, bodies = append(asked, r), append(bodies, string(body))
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}))
	t.Cleanup(server.Close)
	g, err := gateway.New(server.URL+"/messages", token)
	if err != nil {
		t.Fatal(err)
	}
	return g, &asked, &bodies
}

func TestAMessageIsPosted(t *testing.T) {
	g, asked, bodies := listen(t, http.StatusAccepted, "")
	if err := g.SendText(t.Context(), "+33612345678", "Bonjour \"é\"\n"); err != nil {
		t.Fatal(err)
	}
	r := (*asked)[0]
	var m map[string]string
	if err := json.Unmarshal([]byte((*bodies)[0]), &m); err != nil {
		t.Fatal(err)
	}
	if r.Method != http.MethodPost || r.URL.Path != "/messages" || r.Header.Get("Authorization") != "Bearer "+token ||
		r.Header.Get("Content-Type") != "application/json" || len(m) != 2 || m["to"] != "+33612345678" || m["body"] != "Bonjour \"é\"\n" {
		t.Errorf("posted %s %s %v %v", r.Method, r.URL, r.Header, m)
	}
}

func TestAnAnswerSaysWhetherToTryAgain(t *testing.T) {
	for status, final := range map[int]bool{
		302: false, 307: false, 400: true, 401: false, 403: false, 404: false, 408: false, 410: true, 422: true, 429: false, 500: false, 503: false,
	} {
		g, asked, _ := listen(t, status, "no such number")
		err := g.SendText(t.Context(), "+33612345678", "x")
		refused := courier.Refusal{}
		if !errors.As(err, &refused) || refused.Code != status || refused.Final != final || refused.Said != "no such number" {
			t.Errorf("%d gives %#v", status, err)
		}
		if len(*asked) != 1 {
			t.Errorf("%d: the message went on to another address", status)
		}
	}
}

func TestErrorsTellNeitherTokenNorAddress(t *testing.T) {
	g, err := gateway.New("http://127.0.0.1:1/key-in-the-path", token)
	if err != nil {
		t.Fatal(err)
	}
	err = g.SendText(t.Context(), "+33612345678", "the secret words")
	for _, said := range []string{fmt.Sprint(err), fmt.Sprintf("%v %+v %#v %s", g, g, g, g.LogValue())} {
		for _, secret := range []string{token, "key-in-the-path", "secret words", "33612345678"} {
			if said == "<nil>" || strings.Contains(said, secret) {
				t.Errorf("%q tells %q", said, secret)
			}
		}
	}
}

func TestWhereAGatewayMayBe(t *testing.T) {
	for address, fine := range map[string]bool{
		"https://gateway.example/messages": true, "https://gateway.example/messages?key=1": true,
		"http://localhost:9000/x": true, "http://127.0.0.1/x": true, "http://[::1]:9/x": true,
		"http://gateway.example/x": false, "http://localhost.evil.example/x": false, "http://10.0.0.1/x": false, "ftp://gateway.example": false,
		"gateway.example": false, "": false, "https://user:password@gateway.example/": false, "https:///x": false, "https://a.example/#x": false,
		"https://a example/": false,
	} {
		_, err := gateway.New(address, "")
		if (err == nil) != fine {
			t.Errorf("%q gives %v", address, err)
		}
		if err != nil && address != "" && strings.Contains(err.Error(), "password@") {
			t.Errorf("the error repeats %q", address)
		}
	}
}
