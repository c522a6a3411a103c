// A relying party written with openid-client as its manual says. It reads one request a line, as JSON, and answers each
// with one line: {"done": …} or {"error": …}. The tests of the package relying hold the other end.
import dns from 'node:dns'
import { createInterface } from 'node:readline'
import * as oidc from 'openid-client'

// *.localhost is this machine (RFC 6761 §6.3), which not every resolver knows.
const { lookup } = dns
dns.lookup = (host, ...rest) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest)

const proofs = { basic: oidc.ClientSecretBasic, post: oidc.ClientSecretPost, none: oidc.None }
const visits = new Map() // of one client each: its configuration, and what it must find in the answer

const acts = {
  // begin discovers the provider and gives the address that the browser is to open.
  async begin({ visit, issuer, id, secret, proof, algorithm, redirect, scope, pushed, bound }) {
    const config = await oidc.discovery(
      new URL(issuer), id, { id_token_signed_response_alg: algorithm }, proofs[proof](secret),
      { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] },
    )
    const DPoP = bound ? oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')) : undefined
    const expect = {
      pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(),
      expectedNonce: oidc.randomNonce(), idTokenExpected: true,
    }
    visits.set(visit, { config, expect, options: { DPoP } })
    const parameters = {
      redirect_uri: redirect, scope, state: expect.expectedState, nonce: expect.expectedNonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(expect.pkceCodeVerifier), code_challenge_method: 'S256',
    }
    const address = pushed
      ? await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
      : oidc.buildAuthorizationUrl(config, parameters)
    return { address: address.href, metadata: config.serverMetadata() }
  },

  // finish takes the answer that the browser brought, and gives the tokens and what the ID token says.
  async finish({ visit, answer, verifier }) {
    const { config, expect, options } = visits.get(visit)
    const checks = verifier ? { ...expect, pkceCodeVerifier: verifier } : expect
    const tokens = await oidc.authorizationCodeGrant(config, new URL(answer), checks, undefined, options)
    return { tokens, claims: tokens.claims() }
  },

  async userinfo({ visit, token, subject }) {
    const { config, options } = visits.get(visit)
    return oidc.fetchUserInfo(config, token, subject, options)
  },

  async refresh({ visit, token }) {
    const { config, options } = visits.get(visit)
    const tokens = await oidc.refreshTokenGrant(config, token, undefined, options)
    return { tokens, claims: tokens.claims() ?? null }
  },

  async introspect({ visit, token }) {
    return oidc.tokenIntrospection(visits.get(visit).config, token)
  },

  async revoke({ visit, token }) {
    await oidc.tokenRevocation(visits.get(visit).config, token)
    return {}
  },

  async leave({ visit, hint, redirect, state }) {
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: redirect, state }
    return { address: oidc.buildEndSessionUrl(visits.get(visit).config, parameters).href }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...said } = JSON.parse(line)
  let answer
  try {
    answer = { done: await acts[act](said) }
  } catch (e) {
    const cause = e.cause?.message ?? JSON.stringify(e.cause) ?? ''
    answer = { error: e.error ?? e.code ?? e.name, why: `${e.message} ${cause}` }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
