package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"loquet/admin"
	"loquet/organisation"
	"loquet/web/pages"
)

// again is what every form of the organisation's settings shows once more when it is refused.
type again struct {
	status   int
	stale    bool
	problems []pages.Problem
}

// saveSettings proves the manager, saves, and says what is to mend or that it is done. show is called with what is
// wrong; nothing typed is lost.
func (w *Web) saveSettings(
	rw http.ResponseWriter, r *http.Request, a *admin.Actor, f form, done pages.Notice,
	save func() ([]pages.Problem, error), show func(again) error,
) error {
	problem, err := w.proveForTeam(rw, r, f, a)
	if err != nil {
		return err
	}
	if problem != nil {
		return show(again{status: problem.Status, problems: []pages.Problem{problem.Problem}})
	}
	problems, err := save()
	switch {
	case stale(err):
		return show(again{status: http.StatusUnprocessableEntity, stale: true})
	case err != nil:
		return err
	case len(problems) > 0:
		return show(again{status: http.StatusUnprocessableEntity, problems: problems})
	}
	w.hosts.forget(a.Organisation.ID)
	return w.done(rw, r, done, r.URL.Path)
}

func (w *Web) officesPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := w.offices(r, a)
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.OfficesPage(p))
}

func (w *Web) offices(r *http.Request, a admin.Actor) pages.Offices {
	p := pages.Offices{Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session)}
	for _, name := range a.Organisation.Offices {
		row := pages.OfficeRow{Name: name, People: -1}
		if found, err := w.Admin.People(r.Context(), a, admin.Search{Office: name, Size: 1}); err == nil && !found.More {
			row.People = found.Total
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

func (w *Web) officesForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	office, notice := strings.TrimSpace(f["office"]), pages.Added
	save := func() ([]pages.Problem, error) {
		var offices []string
		for _, name := range a.Organisation.Offices {
			if f["do"] != "remove" || name != office {
				offices = append(offices, name)
			}
		}
		if f["do"] != "remove" {
			if office == "" {
				return []pages.Problem{{Field: "office", Key: "settings.fault.empty"}}, nil
			}
			offices = append(offices, office)
		}
		found, err := w.Admin.SaveOffices(r.Context(), a, f.version(), offices)
		return faults(found, "settings.fault.", map[admin.Fault]string{admin.TooLong: "office"}), err //nolint:wrapcheck // the flow says so
	}
	if f["do"] == "remove" {
		notice = pages.Removed
	}
	return w.saveSettings(rw, r, &a, f, notice, save, func(g again) error {
		p := w.offices(r, a)
		p.Typed, p.Stale, p.Problems = f.typed(), g.stale, g.problems
		return w.render(rw, r, g.status, p.Frame, pages.OfficesPage(p))
	})
}

func (w *Web) contactPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := pages.ContactForm{Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Notice: w.told(rw, r)}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.ContactFormPage(p))
}

func (w *Web) contactForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	get := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(f[name], "\r\n", "\n")) }
	percent, err := strconv.Atoi(get("percent"))
	if err != nil && get("percent") != "" {
		percent = -1
	}
	contact := organisation.Contact{
		Service: get("service"), Phone: get("phone"), Email: get("email"), Hours: get("hours"), Address: get("address"),
	}
	legal := organisation.Legal{
		Publisher: get("publisher"), Director: get("director"), Host: get("host"), Controller: get("controller"),
		Officer: get("officer"), Copyright: get("copyright"), Public: f["public"] == "1",
		Accessibility: organisation.Accessibility{State: conformity(f["conformity"]), Percent: percent, Audited: get("audited")},
	}
	fields := map[admin.Fault]string{
		admin.EmailUnfit: "email", admin.PhoneUnfit: "phone", admin.PercentUnfit: "percent", admin.DayUnfit: "audited",
	}
	return w.saveSettings(rw, r, &a, f, pages.Saved, func() ([]pages.Problem, error) {
		found, err := w.Admin.SaveContact(r.Context(), a, f.version(), contact, legal)
		return faults(found, "settings.fault.", fields), err //nolint:wrapcheck // the flow says what it was doing
	}, func(g again) error {
		p := pages.ContactForm{
			Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Typed: f.typed(), Stale: g.stale, Problems: g.problems,
		}
		return w.render(rw, r, g.status, p.Frame, pages.ContactFormPage(p))
	})
}

func conformity(typed string) organisation.Conformity {
	switch c := organisation.Conformity(typed); c {
	case organisation.PartConform, organisation.Conform:
		return c
	}
	return organisation.NotConform
}

func (w *Web) appearancePage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := pages.AppearanceForm{Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Notice: w.told(rw, r)}
	return w.render(rw, r, http.StatusOK, p.Frame, pages.AppearanceFormPage(p))
}

func (w *Web) appearanceForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	look := organisation.Appearance{Colour: strings.ToLower(strings.TrimSpace(f["colour"])), Logo: f["logo"]}
	fields := map[admin.Fault]string{admin.Empty: "name", admin.TooLong: "name", admin.ColourUnfit: "colour"}
	show := func(g again) error {
		p := pages.AppearanceForm{
			Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Typed: f.typed(), Stale: g.stale, Problems: g.problems,
		}
		if f["do"] == "preview" && len(g.problems) == 0 {
			p.Notice, p.Organisation.Appearance = pages.Previewed, look
			if name := strings.TrimSpace(f["name"]); name != "" {
				p.Organisation.Name = name
			}
		}
		return w.render(rw, r, g.status, p.Frame, pages.AppearanceFormPage(p))
	}
	if f["do"] == "preview" {
		return show(again{status: http.StatusOK})
	}
	return w.saveSettings(rw, r, &a, f, pages.Saved, func() ([]pages.Problem, error) {
		found, err := w.Admin.SaveAppearance(r.Context(), a, f.version(), f["name"], look)
		return faults(found, "settings.fault.", fields), err //nolint:wrapcheck // the flow says what it was doing
	}, show)
}

func (w *Web) newsPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p := w.news(r, a, r.URL.Query().Get("item"))
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.NewsFormPage(p))
}

func (w *Web) news(r *http.Request, a admin.Actor, item string) pages.NewsForm {
	p := pages.NewsForm{Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Item: -1}
	if n, err := strconv.Atoi(item); err == nil && n >= 0 && n < len(a.Organisation.News) {
		p.Item = n
	}
	return p
}

func (w *Web) newsForm(rw http.ResponseWriter, r *http.Request, a admin.Actor, f form) error {
	title, body, place, notice := f["title"], f["body"], -1, pages.Added
	if f["do"] == "save" || f["do"] == "remove" {
		n, err := strconv.Atoi(f["item"])
		if err != nil || n < 0 {
			n = len(a.Organisation.News) // stale
		}
		place, notice = n, pages.Saved
	}
	if f["do"] == "remove" {
		title, body, notice = "", "", pages.Removed
	}
	fields := map[admin.Fault]string{admin.Empty: "title", admin.TooLong: "body"}
	return w.saveSettings(rw, r, &a, f, notice, func() ([]pages.Problem, error) {
		if f["do"] == "save" && strings.TrimSpace(title) == "" {
			return []pages.Problem{{Field: "title", Key: "settings.fault.empty"}}, nil
		}
		found, err := w.Admin.SaveNews(r.Context(), a, f.version(), place, title, body)
		return faults(found, "settings.fault.", fields), err //nolint:wrapcheck // the flow says what it was doing
	}, func(g again) error {
		p := w.news(r, a, f["item"])
		p.Typed, p.Stale, p.Problems = f.typed(), g.stale, g.problems
		return w.render(rw, r, g.status, p.Frame, pages.NewsFormPage(p))
	})
}

func (w *Web) documentsPage(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	p, err := w.documents(r, a)
	if err != nil {
		return err
	}
	p.Notice = w.told(rw, r)
	return w.render(rw, r, http.StatusOK, p.Frame, pages.DocumentsFormPage(p))
}

func (w *Web) documents(r *http.Request, a admin.Actor) (pages.DocumentsForm, error) {
	p := pages.DocumentsForm{Frame: w.inside(r, a.Person), Fresh: w.freshForTeam(a.Session), Most: admin.LargestFile}
	var err error
	p.Documents, err = w.Admin.Documents(r.Context(), a)
	return p, err //nolint:wrapcheck // the flow says what it was doing
}

// documentsForm takes an upload, or takes a document away. It is the one form that is multipart.
func (w *Web) documentsForm(rw http.ResponseWriter, r *http.Request, a admin.Actor) error {
	f, file, err := readUpload(rw, r)
	if err != nil {
		return err
	}
	notice := pages.Added
	fields := map[admin.Fault]string{
		admin.Empty: "title", admin.TooLong: "title", admin.FileUnfit: "file", admin.FileTooBig: "file", admin.TooMany: "file",
	}
	save := func() ([]pages.Problem, error) {
		if f["do"] == "remove" {
			return nil, w.Admin.RemoveDocument(r.Context(), a, f["document"]) //nolint:wrapcheck // the flow says so
		}
		if len(file.body) == 0 {
			return []pages.Problem{{Field: "file", Key: "settings.fault.file-empty"}}, nil
		}
		found, err := w.Admin.AddDocument(r.Context(), a, f["title"], file.name, f["guide"] == "1", file.body)
		return faults(found, "settings.fault.", fields), err //nolint:wrapcheck // the flow says what it was doing
	}
	if f["do"] == "remove" {
		notice = pages.Removed
	}
	return w.saveSettings(rw, r, &a, f, notice, save, func(g again) error {
		p, err := w.documents(r, a)
		if err != nil {
			return err
		}
		p.Typed, p.Problems = f.typed(), g.problems
		return w.render(rw, r, g.status, p.Frame, pages.DocumentsFormPage(p))
	})
}

type upload struct {
	name string
	body []byte
}

// readUpload reads a form that may bring one file. It is as strict as readForm otherwise.
func readUpload(rw http.ResponseWriter, r *http.Request) (form, upload, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		f, err := readForm(rw, r)
		return f, upload{}, err
	}
	r.Body = http.MaxBytesReader(rw, r.Body, admin.LargestFile+longestBody)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, upload{}, refusal{Status: http.StatusBadRequest}
	}
	f, file := form{}, upload{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, file, nil
		}
		if err != nil {
			return nil, upload{}, uploadRefusal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return nil, upload{}, uploadRefusal(err)
		}
		if err := f.take(part, body, &file); err != nil {
			return nil, upload{}, err
		}
	}
}

func uploadRefusal(err error) error {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return refusal{Status: http.StatusRequestEntityTooLarge}
	}
	return refusal{Status: http.StatusBadRequest}
}

// take puts one part where it belongs: the file, or a field that comes once.
func (f form) take(part *multipart.Part, body []byte, file *upload) error {
	name := part.FormName()
	if name == "file" && part.FileName() != "" && file.name == "" {
		*file = upload{part.FileName(), body}
		return nil
	}
	if name == "file" && len(body) == 0 {
		return nil // no file was chosen
	}
	_, twice := f[name]
	if name == "" || name == "file" || twice || len(body) > longestBody || !utf8.Valid(body) || !utf8.ValidString(name) {
		return refusal{Status: http.StatusBadRequest}
	}
	f[name] = string(body)
	return nil
}
