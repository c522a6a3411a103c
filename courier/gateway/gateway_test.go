package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"loquet/courier"
	"loquet/courier/gateway"
)

const token = "sesame-of-the-gateway"

// taken is one request as a gateway has it.
type taken struct {
	*http.Request

	body string
}

// listen starts a gateway that answers with a status. Address is what stands behind its host in the settings.
func listen(t *testing.T, status int, said string, s gateway.Settings) (*gateway.Gateway, func() []taken) {
	t.Helper()
	var asked []taken
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, taken{r, string(body)})
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}))
	t.Cleanup(server.Close)
	s.Address = server.URL + s.Address
	g, err := gateway.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return g, func() []taken { server.Close(); return asked }
}

const number, words = "+33612345678", "Bonjour \"é\" & 1+1=2\n@ville.example #123456"

func TestAMessageIsPosted(t *testing.T) {
	g, asked := listen(t, http.StatusAccepted, "", gateway.Settings{Address: "/messages", Token: token})
	if err := g.SendText(t.Context(), number, words); err != nil {
		t.Fatal(err)
	}
	r := asked()[0]
	var m map[string]string
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		t.Fatal(err)
	}
	if r.Method != http.MethodPost || r.URL.Path != "/messages" || r.Header.Get("Authorization") != "Bearer "+token ||
		r.Header.Get("Content-Type") != "application/json" || len(m) != 2 || m["to"] != number || m["body"] != words {
		t.Errorf("posted %s %s %v %v", r.Method, r.URL, r.Header, m)
	}
}

// The shapes of docs/operating.md, and what each gateway reads of them.
func TestGatewaysOfOtherShapes(t *testing.T) {
	form := func(r taken) (url.Values, error) { return url.ParseQuery(r.body) }
	query := func(r taken) (url.Values, error) { return url.ParseQuery(r.URL.RawQuery) }
	for name, c := range map[string]struct {
		settings     gateway.Settings
		method, path string
		contentType  string
		header       [2]string
		read         func(taken) (url.Values, error)
		want         map[string]string
	}{
		"JSON with a list of receivers": {
			settings: gateway.Settings{
				Address: "/sms/jobs", Headers: []string{"X-Api-Key: one:two, three"},
				Body: `{"receivers":[{{json .To}}],"message":{{json .Body}},"sender":"Mairie"}`,
			},
			method: "POST", path: "/sms/jobs", contentType: "application/json", header: [2]string{"X-Api-Key", "one:two, three"},
			read: func(r taken) (url.Values, error) {
				var m struct {
					Receivers       []string
					Message, Sender string
				}
				err := json.Unmarshal([]byte(r.body), &m)
				return url.Values{"to": m.Receivers, "message": {m.Message}, "sender": {m.Sender}}, err
			},
			want: map[string]string{"to": number, "message": words, "sender": "Mairie"},
		},
		"a form": {
			settings: gateway.Settings{
				Address: "/Accounts/AC1/Messages.json", Headers: []string{"Authorization: Basic QUMxOnNlc2FtZQ=="},
				Body: "From=Mairie&To={{form .To}}&Body={{form .Body}}",
			},
			method: "POST", path: "/Accounts/AC1/Messages.json", contentType: "application/x-www-form-urlencoded",
			header: [2]string{"Authorization", "Basic QUMxOnNlc2FtZQ=="},
			read:   form, want: map[string]string{"From": "Mairie", "To": number, "Body": words},
		},
		"all in the address": {
			settings: gateway.Settings{Method: "get", Number: gateway.National, Address: "/send?key=sesame&to={{.To}}&text={{.Body}}"},
			method:   "GET", path: "/send", read: query, want: map[string]string{"key": "sesame", "to": "0612345678", "text": words},
		},
		"the number in the path, the message in XML": {
			settings: gateway.Settings{
				Method: "PUT", Number: gateway.Digits, Address: "/to/{{.To}}", Body: "<sms><text>{{html .Body}}</text></sms>",
				ContentType: "text/xml; charset=utf-8",
			},
			method: "PUT", path: "/to/33612345678", contentType: "text/xml; charset=utf-8",
			read: func(r taken) (url.Values, error) { return url.Values{"body": {r.body}}, nil },
			want: map[string]string{
				"body": "<sms><text>Bonjour &#34;é&#34; &amp; 1+1=2\n@ville.example #123456</text></sms>",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, asked := listen(t, http.StatusOK, "", c.settings)
			if err := g.SendText(t.Context(), number, words); err != nil {
				t.Fatal(err)
			}
			r := asked()[0]
			if r.Method != c.method || r.URL.Path != c.path || r.Header.Get("Content-Type") != c.contentType ||
				c.header[0] != "" && r.Header.Get(c.header[0]) != c.header[1] {
				t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
			}
			got, err := c.read(r)
			if err != nil || len(got) != len(c.want) {
				t.Errorf("it reads %v, %v", got, err)
			}
			for field, value := range c.want {
				if len(got[field]) != 1 || got[field][0] != value {
					t.Errorf("%s is %q, not %q", field, got[field], value)
				}
			}
		})
	}
}

func TestHowNumbersAreWritten(t *testing.T) {
	for number, want := range map[string][3]string{
		"+33612345678": {"+33612345678", "33612345678", "0612345678"}, "+262692123456": {"+262692123456", "262692123456", "0692123456"},
		"+41791234567": {"+41791234567", "41791234567", "0041791234567"}, "+3361234567": {"+3361234567", "3361234567", "003361234567"},
	} {
		for n, way := range gateway.Numbers {
			g, asked := listen(t, http.StatusOK, "", gateway.Settings{Method: "GET", Number: way, Address: "/?to={{.To}}&b={{.Body}}"})
			if err := g.SendText(t.Context(), number, "x"); err != nil {
				t.Fatal(err)
			}
			if got := asked()[0].URL.Query().Get("to"); got != want[n] {
				t.Errorf("%s as %s is %q", number, way, got)
			}
		}
	}
}

func TestAnAnswerSaysWhetherToTryAgain(t *testing.T) {
	for status, final := range map[int]bool{
		302: false, 307: false, 400: true, 401: false, 403: false, 404: false, 408: false, 410: true, 422: true, 429: false, 500: false, 503: false,
	} {
		g, asked := listen(t, status, "no such subscriber", gateway.Settings{})
		err := g.SendText(t.Context(), number, "x")
		refused := courier.Refusal{}
		if !errors.As(err, &refused) || refused.Code != status || refused.Final != final || refused.Said != "no such subscriber" {
			t.Errorf("%d gives %#v", status, err)
		}
		if len(asked()) != 1 {
			t.Errorf("%d: the message went on to another address", status)
		}
	}
}

// Some gateways say no with 200: the message has gone only when the answer says so.
func TestAnAnswerMustSayYes(t *testing.T) {
	for said, gone := range map[string]bool{`{"status": "queued"}`: true, `{"status":"sent"}`: true, `{"status":"error"}`: false, "": false} {
		g, _ := listen(t, http.StatusOK, said, gateway.Settings{Success: `"status":\s*"(queued|sent)"`})
		err := g.SendText(t.Context(), number, "x")
		refused := courier.Refusal{}
		if gone != (err == nil) || !gone && (!errors.As(err, &refused) || refused.Final || refused.Code != 200 || refused.Said != said) {
			t.Errorf("%q gives %#v", said, err)
		}
	}
	g, _ := listen(t, http.StatusBadRequest, `{"status":"sent"}`, gateway.Settings{Success: "sent"})
	if err := g.SendText(t.Context(), number, "x"); err == nil {
		t.Error("a refusal that says yes is a refusal")
	}
}

// ATK-086: neither what proves us to the gateway, nor the message, nor the number stands in an error, wherever it stands
// in the settings and however the gateway repeats it.
func TestATK086ErrorsTellNoSecret(t *testing.T) {
	settings := gateway.Settings{
		Address: "/v1/Key-In-The-Path7/send?password=pass-in%2Bthe-query&to={{.To}}", Token: token,
		Headers: []string{"X-Api-Key: key-in-a-header", "X-Account: Basic c2VjcmV0LWlu"},
		Body:    `{"login":"mairie","password":"pass-in-the-body","message":{{json .Body}}}`,
	}
	said := "bad +33612345678 or 0033 6 12 34 56 78 or 06.12.34.56.78 with " + token + ", key-in-a-header, c2VjcmV0LWlu, Key-In-The-Path7, " +
		"pass-in%2Bthe-query, pass-in+the-query and pass-in-the-body: no credit left"
	g, _ := listen(t, http.StatusBadRequest, said, settings)
	refused := courier.Refusal{}
	if !errors.As(g.SendText(t.Context(), number, "the words"), &refused) || !strings.Contains(refused.Said, "no credit left") {
		t.Errorf("the gateway said %q", refused.Said)
	}
	settings.Address = "http://127.0.0.1:1" + settings.Address
	unreachable, err := gateway.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	out := unreachable.SendText(t.Context(), number, "the words")
	for _, said := range []string{refused.Said, fmt.Sprint(out), fmt.Sprintf("%v %+v %#v %s", g, g, g, g.LogValue())} {
		for _, secret := range []string{
			token, "Key-In-The-Path7", "key-in-a-header", "c2VjcmV0LWlu", "pass-in", "the words", "12345678", "34 56 78", "34.56.78",
		} {
			if said == "<nil>" || strings.Contains(said, secret) {
				t.Errorf("%q tells %q", said, secret)
			}
		}
	}
}

// ATK-081: a message and a number are values. Whatever they hold, the request has the same address, headers and fields.
func TestATK081MessagesAddNothingToARequest(t *testing.T) {
	evil := []string{
		"a\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1", `","admin":"1`, "&admin=1&to=%2B33699999999", "{{.To}}{{json .}}", "../../admin?x=1#y", "</text><admin/>",
		"\x00\x1f", "%00%0d%0a", "é…🏫", strings.Repeat("&a=b", 500),
	}
	for name, s := range map[string]gateway.Settings{
		"JSON": {}, "GET": {Method: "GET", Address: "/{{.Body}}/x?to={{.To}}&b={{.Body}}"}, "form": {Body: "t={{form .To}}&b={{form .Body}}"},
		"query": {Body: "t={{query .To}}&b={{query .Body}}"}, "XML": {Address: "/?to={{.To}}", Body: "<a>{{html .Body}}</a>"},
	} {
		g, asked := listen(t, http.StatusOK, "", s)
		for _, body := range append([]string{"plain"}, evil...) {
			if err := g.SendText(t.Context(), number, body); err != nil {
				t.Errorf("%s %q: %v", name, body, err)
			}
		}
		all := asked()
		for n, r := range all {
			values, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil || r.Method != all[0].Method || len(r.Header) != len(all[0].Header) || len(values) != len(all[0].URL.Query()) ||
				strings.Count(r.URL.EscapedPath(), "/") != strings.Count(all[0].URL.EscapedPath(), "/") || r.Header.Get("X-Evil") != "" {
				t.Errorf("%s: message %d becomes %s %s %v", name, n, r.Method, r.URL, r.Header)
			}
			var m map[string]string
			if name == "JSON" && (json.Unmarshal([]byte(r.body), &m) != nil || len(m) != 2) {
				t.Errorf("message %d becomes %s", n, r.body)
			}
			if fields, err := url.ParseQuery(r.body); (name == "form" || name == "query") && (err != nil || len(fields) != 2) {
				t.Errorf("message %d becomes %s", n, r.body)
			}
		}
	}
	g, asked := listen(t, http.StatusOK, "", gateway.Settings{Method: "GET", Address: "/{{.To}}/{{.Body}}"})
	for _, to := range []string{"", "0612345678", "+33612345678\r\nX-Evil: 1", "+33612345678&to=+33699999999", "../admin", "+336{{.Body}}"} {
		if err := g.SendText(context.Background(), to, "x"); !errors.Is(err, courier.Unfit) {
			t.Errorf("to %q gives %v", to, err)
		}
	}
	if n := len(asked()); n != 0 {
		t.Errorf("%d requests for what is no number", n)
	}
}
