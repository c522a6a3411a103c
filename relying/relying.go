// Package relying holds tests only: real programs that rely on Loquet to know who somebody is.
//
// They promise that single sign-on works with software that others have written: Apache with mod_auth_openidc, nginx
// with auth_request, Caddy with forward_auth, openid-client of npm, and go-oidc. Each is installed from where its users
// get it, configured as docs say, started for real beside the whole house, and entered with a browser that runs no
// script. A program that is absent makes its test fail where nothing may be missing (LOQUET_STRICT=1), and elsewhere one
// line says how to install it.
package relying
