package gateway_test

import (
	"strings"
	"testing"

	"loquet/courier/gateway"
)

func TestWhereAGatewayMayBe(t *testing.T) {
	for address, fine := range map[string]bool{
		"https://gateway.example/messages": true, "https://gateway.example/messages?key=1": true,
		"http://localhost:9000/x": true, "http://127.0.0.1/x": true, "http://[::1]:9/x": true,
		"https://gateway.example/{{.To}}?text={{.Body}}": true,
		"http://gateway.example/x":                       false, "http://localhost.evil.example/x": false, "http://10.0.0.1/x": false, "ftp://gateway.example": false,
		"gateway.example": false, "": false, "https://user:open-sesame@gateway.example/": false, "https:///x": false, "https://a.example/#x": false,
		"https://a example/": false, "https://{{.To}}.example/": false, "https://{{.Body}}/": false, "{{.Body}}": false,
		"https://a.example{{.Body}}/": false, "https://a.example/{{.Secret}}": false, "https://a.example/{{.To": false,
		"https://a.example/{{json .To}}": false,
	} {
		_, err := gateway.New(gateway.Settings{Address: address})
		if (err == nil) != fine {
			t.Errorf("%q gives %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "open-sesame") {
			t.Errorf("the error repeats %q", address)
		}
	}
}

// What could never work, or could be abused by what a message holds, is refused at the start: in one sentence that names
// the setting and repeats nothing of it.
func TestSettingsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*gateway.Settings)
		says   string
	}{
		"a method":              {func(s *gateway.Settings) { s.Method = "DELETE" }, "sms_method: write POST, PUT or GET"},
		"a GET with a body":     {func(s *gateway.Settings) { s.Method, s.Body = "GET", "open-sesame" }, "a GET has no body"},
		"a GET of nothing":      {func(s *gateway.Settings) { s.Method = "GET" }, "nothing says whom"},
		"a way of numbers":      {func(s *gateway.Settings) { s.Number = "open-sesame" }, "sms_number: write e164"},
		"a header without name": {func(s *gateway.Settings) { s.Headers = []string{"open-sesame"} }, "sms_headers: number 1"},
		"a header of two lines": {
			func(s *gateway.Settings) { s.Headers = []string{"A: b", "X-Key: open-sesame\r\nHost: x"} }, "sms_headers: number 2",
		},
		"a name with a blank":      {func(s *gateway.Settings) { s.Headers = []string{"X Key: open-sesame"} }, "sms_headers: number 1"},
		"an empty header":          {func(s *gateway.Settings) { s.Headers = []string{"X-Key:"} }, "sms_headers: number 1"},
		"a header of ours":         {func(s *gateway.Settings) { s.Headers = []string{"content-length: 3"} }, "Content-Length is not yours"},
		"the host":                 {func(s *gateway.Settings) { s.Headers = []string{"Host: gateway.example"} }, "Host is not yours"},
		"two authorizations":       {func(s *gateway.Settings) { s.Token, s.Headers = "x", []string{"Authorization: open-sesame"} }, "keep one"},
		"a token of two lines":     {func(s *gateway.Settings) { s.Token = "open-sesame\nX: y" }, "sms_token:"},
		"a template that ends not": {func(s *gateway.Settings) { s.Body = "open-sesame {{json .To" }, "sms_body: write a template"},
		"an unknown function":      {func(s *gateway.Settings) { s.Body = "{{jsn .To}} open-sesame" }, "sms_body: write a template"},
		"an unknown value":         {func(s *gateway.Settings) { s.Body = "{{json .Secret}} open-sesame" }, "sms_body: write a template"},
		"quotation marks":          {func(s *gateway.Settings) { s.Body = `{"to":"{{.To}}","body":"{{.Body}}"}` }, "without quotation marks"},
		"two quotation marks":      {func(s *gateway.Settings) { s.Body = `{"to":"{{json .To}}","body":{{json .Body}}}` }, "without quotation marks"},
		"an open form":             {func(s *gateway.Settings) { s.Body = "to={{form .To}}&body={{.Body}}" }, "{{form .Body}}"},
		"open XML": {
			func(s *gateway.Settings) { s.Body = "<to n='{{html .To}}'>{{.Body}}</to>" }, "{{html .Body}}",
		},
		"no number":               {func(s *gateway.Settings) { s.Body = `{"body":{{json .Body}}}` }, "write {{.To}}"},
		"no message":              {func(s *gateway.Settings) { s.Body = `{"to":{{json .To}}}` }, "write {{.Body}}"},
		"blanks":                  {func(s *gateway.Settings) { s.Body = "  " }, "write {{.To}}"},
		"no media type":           {func(s *gateway.Settings) { s.ContentType = "json; open sesame" }, "sms_content_type:"},
		"a media type with lines": {func(s *gateway.Settings) { s.ContentType = "text/plain; a=\"b\r\nX: y\"" }, "sms_content_type:"},
		"no expression":           {func(s *gateway.Settings) { s.Success = "(open-sesame" }, "sms_success: write a regular expression"},
	} {
		s := gateway.Settings{Address: "https://gateway.example/messages"}
		c.change(&s)
		g, err := gateway.New(s)
		if err == nil || g != nil || !strings.Contains(err.Error(), c.says) || strings.ContainsAny(err.Error(), "\r\n") ||
			strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s gives %v", name, err)
		}
	}
}
