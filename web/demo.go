package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"loquet/text"
	"loquet/web/pages"
)

// Mail is one caught letter of the demo, in the shape of /demo/mail.json (contract).
type Mail struct {
	To      string            `json:"to"`
	From    string            `json:"from"`
	Subject string            `json:"subject"`
	Date    time.Time         `json:"date"`
	Headers map[string]string `json:"headers"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
}

// Text is one caught text message of the demo, in the shape of /demo/sms.json (contract).
type Text struct {
	To   string    `json:"to"`
	Body string    `json:"body"`
	Date time.Time `json:"date"`
}

// Caught is the demo's mailbox and telephone.
type Caught interface {
	// Mails gives the caught letters, newest first.
	Mails() []Mail
	// Texts gives the caught text messages, newest first.
	Texts() []Text
}

// Demo gives what stands under /demo/ on the platform host of `loquet demo`, and nowhere else: the caught letters and
// the gallery.
func Demo(w *Web, caught Caught) http.Handler {
	return w.mux(map[string]methods{
		"/demo/mail": {"GET": func(rw http.ResponseWriter, r *http.Request) error {
			return w.demoMails(rw, r, caught)
		}},
		"/demo/mail.json": {"GET": func(rw http.ResponseWriter, _ *http.Request) error {
			return writeJSON(rw, caught.Mails())
		}},
		"/demo/sms": {"GET": func(rw http.ResponseWriter, r *http.Request) error {
			return w.demoTexts(rw, r, caught)
		}},
		"/demo/sms.json": {"GET": func(rw http.ResponseWriter, _ *http.Request) error {
			return writeJSON(rw, caught.Texts())
		}},
		"/demo/gallery":        {"GET": w.gallery},
		"/demo/gallery/{name}": {"GET": w.gallerySample},
	})
}

func writeJSON(rw http.ResponseWriter, v any) error {
	rw.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(rw).Encode(v) //nolint:wrapcheck // logged with its reference
}

func (w *Web) demoMails(rw http.ResponseWriter, r *http.Request, caught Caught) error {
	p := pages.Mails{Frame: w.frame(r)}
	for _, m := range caught.Mails() {
		p.Mails = append(p.Mails, pages.Mail{To: m.To, From: m.From, Subject: m.Subject, Date: m.Date, Text: m.Text, HTML: m.HTML})
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.MailsPage(p))
}

func (w *Web) demoTexts(rw http.ResponseWriter, r *http.Request, caught Caught) error {
	p := pages.Texts{Frame: w.frame(r)}
	for _, m := range caught.Texts() {
		p.Texts = append(p.Texts, pages.Text(m))
	}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.TextsPage(p))
}

func (w *Web) gallery(rw http.ResponseWriter, r *http.Request) error {
	p := pages.Gallery{Frame: w.frame(r), Samples: pages.Samples(), Show: pages.ChoiceOf(r.URL.Query())}
	page, err := rendered(r, pages.GalleryPage(p))
	if err != nil {
		return err
	}
	w.write(rw, r, http.StatusOK, p.Organisation.Appearance.Colour, page, nil, framing)
	return nil
}

// framing lets the gallery show its samples in frames, which the policy of every other page forbids on both sides.
func framing(policy string) string {
	return strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors 'self'; frame-src 'self'", 1)
}

// gallerySample shows one page in one state: ?lang= and ?pack= choose its words, ?theme= its colours.
func (w *Web) gallerySample(rw http.ResponseWriter, r *http.Request) error {
	query, show := r.URL.Query(), pages.ChoiceOf(r.URL.Query())
	for _, s := range pages.Samples() {
		if s.Name != r.PathValue("name") {
			continue
		}
		say := text.For(query.Get("lang"), text.Pack(query.Get("pack")))
		var page bytes.Buffer
		if err := s.Themed(say, show.Theme).Render(r.Context(), &page); err != nil {
			return err //nolint:wrapcheck // logged with its reference
		}
		rw.Header().Set("X-Frame-Options", "SAMEORIGIN")
		w.write(rw, r, s.Status, s.Colour(say), page.Bytes(), nil, framing)
		return nil
	}
	return refusal{Status: http.StatusNotFound}
}
