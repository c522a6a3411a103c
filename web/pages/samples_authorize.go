package pages

import (
	"github.com/a-h/templ"

	"loquet/account"
	"loquet/application"
)

// authorizeSamples are the pages between an application and the portal.
func authorizeSamples() []Sample {
	const request = "/oauth2/authorize/7f3kq2zr4tn6vb9xc3md5pf7hj"
	inside := func(f Frame) Frame {
		f.Path, f.Person, f.Role = request, "Camille Martin", account.Famille
		return f
	}
	closed := func(name string, verdict application.Verdict, proves bool) Sample {
		return Sample{Name: name, Status: 403, page: func(f Frame) templ.Component {
			return ClosedPage(Closed{inside(f), "Cantine", verdict, proves, request})
		}}
	}
	return []Sample{
		{Name: "consent", Status: 200, page: func(f Frame) templ.Component {
			return ConsentPage(Consent{inside(f), "Ludothèque du Pays", request,
				[]string{"openid", "profile", "email", "phone", "offline_access"}})
		}},
		{Name: "consent-least", Status: 200, page: func(f Frame) templ.Component {
			return ConsentPage(Consent{inside(f), "Ludothèque du Pays", request, []string{"openid"}})
		}},
		closed("closed-role", application.WrongRole, false),
		closed("closed-office", application.WrongOffice, false),
		closed("closed-second", application.WantsSecond, false),
		closed("closed-prove", application.WantsSecond, true),
		{Name: "post", Status: 200, page: func(f Frame) templ.Component {
			return PostPage(Post{inside(f), "Cantine", "/demo/mail", [][2]string{{"code", "c"}, {"state", "s"}}})
		}},
		{Name: "astray", Status: 400, page: func(f Frame) templ.Component {
			f.Path = "/oauth2/authorize"
			return AstrayPage(Astray{f, "invalid_request: redirect_uri is not registered for the client"})
		}},
	}
}
