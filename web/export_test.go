package web

import "slices"

// Route is one path that an organisation's host answers on, and a method that it takes.
type Route struct{ Method, Path string }

// Routes gives every route of an organisation's host.
func (w *Web) Routes() []Route { return listed(w.organisationRoutes()) }

// PlatformRoutes gives every route of the platform's host.
func (w *Web) PlatformRoutes() []Route { return listed(w.platformRoutes()) }

func listed(routes map[string]methods) []Route {
	var all []Route
	for path, methods := range routes {
		for method := range methods {
			all = append(all, Route{method, path})
		}
	}
	slices.SortFunc(all, func(a, b Route) int {
		if a.Path != b.Path {
			return min(1, max(-1, len(a.Path)-len(b.Path)))
		}
		return min(1, max(-1, len(a.Method)-len(b.Method)))
	})
	return all
}
