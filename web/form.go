package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"
)

// longestBody is how long a form may be, in bytes (ATK-078).
const longestBody = 16 << 10

// form is a filled-in form: each field once.
type form map[string]string

// readForm reads the body of a POST. Fields in the address are not looked at (ATK-089); a field given twice, another
// media type, a body that is too long or that is not UTF-8 is refused (ATK-001).
func readForm(w http.ResponseWriter, r *http.Request) (form, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, refusal{Status: http.StatusUnsupportedMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestBody))
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
		if len(given) != 1 || !utf8.ValidString(given[0]) || !utf8.ValidString(name) {
			return nil, refusal{Status: http.StatusBadRequest}
		}
		f[name] = given[0]
	}
	return f, nil
}
