package web

import (
	"net/http"
	"net/url"
	"time"

	"loquet/organisation"
	"loquet/text"
)

// languageOf gives the language of a page: the one chosen by link, else what the browser asks for, else the
// organisation's.
func (w *Web) languageOf(r *http.Request, fallback string) string {
	if chosen := w.cookie(r, languageCookie); text.Known(chosen) {
		return chosen
	}
	if fallback == "" {
		fallback = text.Languages[0]
	}
	return text.Match(r.Header.Get("Accept-Language"), fallback)
}

// chooseLanguage keeps the language of a `?lang=` link and leads back to the same page.
func (w *Web) chooseLanguage(rw http.ResponseWriter, r *http.Request, lang string) {
	w.setCookie(rw, languageCookie, lang, 365*24*time.Hour)
	query := r.URL.Query()
	query.Del("lang")
	back := url.URL{Path: localPath(r.URL.Path), RawQuery: query.Encode()}
	http.Redirect(rw, r, back.String(), http.StatusSeeOther)
}

// packOf gives the wording pack of an organisation.
func packOf(o organisation.Organisation) text.Pack {
	if o.Wording == organisation.Key {
		return text.Key
	}
	return text.Plain
}
