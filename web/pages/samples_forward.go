package pages

import (
	"github.com/a-h/templ"

	"loquet/account"
)

// forwardSamples are the page about an application behind a proxy.
func forwardSamples() (samples []Sample) {
	for _, state := range ForwardStates {
		samples = append(samples, Sample{Name: "forward-" + string(state), Status: 200, page: func(f Frame) templ.Component {
			f.Path, f.Person, f.Role = "/forward-auth/enter", "Claire Fontaine", account.Famille
			return ForwardPage(Forward{
				Frame: f, State: state, Name: "Cantine",
				Back: "https://cantine.saint-loup.example/.loquet/start?application=appcantine0",
			})
		}})
	}
	return samples
}
