package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// longestBody is how long a form may be, in bytes (ATK-078).
const longestBody = 16 << 10

// form is a filled-in form: each field once.
type form map[string]string

// readForm reads the body of a POST. Fields in the address are not looked at (ATK-089); a field given twice, another
// media type, a body that is too long or that is not UTF-8 is refused (ATK-001). A field named in repeats is a list: its
// values are joined, one a line.
func readForm(w http.ResponseWriter, r *http.Request, repeats ...string) (form, error) {
	return readFormUpTo(w, r, longestBody, repeats...)
}

// readFormUpTo is readForm with a length in bytes of its own, for the few forms that are long.
func readFormUpTo(w http.ResponseWriter, r *http.Request, longest int64, repeats ...string) (form, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, refusal{Status: http.StatusUnsupportedMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longest))
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return nil, refusal{Status: http.StatusRequestEntityTooLarge}
	}
	if err != nil {
		return nil, refusal{Status: http.StatusBadRequest}
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refusal{Status: http.StatusBadRequest}
	}
	f := make(form, len(values))
	for name, given := range values {
		value := strings.Join(given, "\n")
		if len(given) != 1 && !slices.Contains(repeats, name) || !utf8.ValidString(value) || !utf8.ValidString(name) {
			return nil, refusal{Status: http.StatusBadRequest}
		}
		f[name] = value
	}
	return f, nil
}
