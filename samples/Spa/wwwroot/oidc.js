// An OpenID Connect client for a page without a server: authorization code with PKCE, tokens in memory only.

const pendingKey = 'pending-sign-in';

export class SessionEnded extends Error {}

export class OidcClient {
  #config;
  #metadata;
  #tokens = null;
  #renewal = null;

  constructor(config, metadata) {
    this.#config = config;
    this.#metadata = metadata;
  }

  get isSignedIn() { return this.#tokens !== null; }
  get claims() { return this.#tokens.claims; }
  get expiresAt() { return this.#tokens.expiresAt; }
  get #redirectUri() { return new URL('/callback', location.href).href; }

  // <snippet metadata>
  static async create(config) {
    const authority = config.authority.replace(/\/$/, '');
    const response = await fetch(`${authority}/.well-known/openid-configuration`);
    if (!response.ok) throw new Error(`The sign-in service answered ${response.status}.`);

    const metadata = await response.json();
    if (metadata.issuer.replace(/\/$/, '') !== authority) throw new Error('The metadata belongs to another issuer.');
    return new OidcClient(config, metadata);
  }
  // </snippet>

  // <snippet sign-in>
  async signIn() {
    const pending = { state: randomText(), nonce: randomText(), verifier: randomText() };
    sessionStorage.setItem(pendingKey, JSON.stringify(pending)); // this tab only, until it comes back

    const url = new URL(this.#metadata.authorization_endpoint);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.#config.clientId,
      redirect_uri: this.#redirectUri,
      scope: this.#config.scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await sha256(pending.verifier),
      code_challenge_method: 'S256',
    });
    location.assign(url);
  }
  // </snippet>

  // <snippet callback>
  async finishSignIn(answer) {
    const pending = JSON.parse(sessionStorage.getItem(pendingKey) ?? 'null');
    sessionStorage.removeItem(pendingKey);

    // An answer nobody asked for may carry somebody else's code.
    if (!pending || answer.get('state') !== pending.state) throw new Error('This sign-in was not started here. Please try again.');
    // RFC 9207: an answer from another provider is not for us.
    if (answer.get('iss') !== this.#metadata.issuer) throw new Error('The answer came from another sign-in service.');
    if (answer.has('error')) throw new Error(`You were not signed in (${answer.get('error')}). You can try again.`);

    const tokens = await this.#requestTokens({
      grant_type: 'authorization_code',
      code: answer.get('code'),
      redirect_uri: this.#redirectUri,
      code_verifier: pending.verifier,
    });
    this.#tokens = { ...tokens, claims: this.#checkIdentityToken(tokens.idToken, pending.nonce) };
    this.#tokens.claims = { ...this.claims, ...await this.userInfo() }; // identity tokens stay small: the name is at the userinfo endpoint
  }

  // OpenID Connect Core 3.1.3.7. The token comes straight from the token endpoint over TLS, which stands in for its signature (item 6).
  #checkIdentityToken(idToken, nonce) {
    const claims = readJwt(idToken);
    const audience = [claims.aud].flat();
    if (claims.iss !== this.#metadata.issuer) throw new Error('The identity token has another issuer.');
    if (!audience.includes(this.#config.clientId)) throw new Error('The identity token is for another app.');
    if (audience.length > 1 && claims.azp !== this.#config.clientId) throw new Error('The identity token was issued to another app.');
    if (claims.exp * 1000 < Date.now()) throw new Error('The identity token has expired. Is the clock right?');
    if (claims.nonce !== nonce) throw new Error('The identity token belongs to another sign-in.');
    return claims;
  }
  // </snippet>

  // <snippet refresh>
  async accessToken() {
    if (!this.#tokens) throw new SessionEnded();
    if (this.expiresAt - Date.now() < 30_000) await this.refresh();
    return this.#tokens.accessToken;
  }

  // A refresh token works once, and its second use revokes the whole family: callers that come together share one request.
  refresh() {
    this.#renewal ??= this.#renew().finally(() => { this.#renewal = null; });
    return this.#renewal;
  }

  async #renew() {
    if (!this.#tokens?.refreshToken) throw new SessionEnded();
    const fresh = await this.#requestTokens({ grant_type: 'refresh_token', refresh_token: this.#tokens.refreshToken });
    this.#tokens = { ...this.#tokens, ...fresh, idToken: this.#tokens.idToken };
  }
  // </snippet>

  async #requestTokens(form) {
    const sentAt = Date.now();
    const response = await this.#post(this.#metadata.token_endpoint, form);
    const answer = await response.json();
    if (answer.error === 'invalid_grant') {
      this.#tokens = null;
      throw new SessionEnded();
    }
    if (!response.ok) throw new Error(`The sign-in service refused: ${answer.error}.`);

    return {
      accessToken: answer.access_token,
      idToken: answer.id_token,
      expiresAt: new Date(sentAt + answer.expires_in * 1000),
      ...(answer.refresh_token && { refreshToken: answer.refresh_token }),
    };
  }

  // <snippet userinfo>
  async userInfo() {
    const response = await fetch(this.#metadata.userinfo_endpoint, {
      headers: { authorization: `Bearer ${await this.accessToken()}` },
    });
    if (!response.ok) throw new Error(`The profile was refused (${response.status}).`);

    const profile = await response.json();
    if (profile.sub !== this.claims.sub) throw new Error('The profile belongs to somebody else.'); // OpenID Connect Core 5.3.4
    return profile;
  }
  // </snippet>

  // <snippet sign-out>
  async signOut() {
    const { idToken, refreshToken } = this.#tokens;
    this.#tokens = null;
    if (refreshToken) {
      // The sign-out goes on without an answer: here the tokens are gone already.
      await this.#post(this.#metadata.revocation_endpoint, { token: refreshToken, token_type_hint: 'refresh_token' })
        .catch(error => console.warn('The refresh token was not revoked:', error.message));
    }

    const url = new URL(this.#metadata.end_session_endpoint);
    url.search = new URLSearchParams({
      id_token_hint: idToken,
      client_id: this.#config.clientId,
      post_logout_redirect_uri: new URL('/', location.href).href,
    });
    location.assign(url);
  }
  // </snippet>

  #post(url, form) {
    return fetch(url, { method: 'POST', body: new URLSearchParams({ client_id: this.#config.clientId, ...form }) });
  }

  /** To show that a refresh gives another token. An app has no business inside its access token, which is for the API. */
  async tokenId() {
    const { accessToken } = this.#tokens;
    return accessToken.split('.').length === 3 ? readJwt(accessToken).jti : (await sha256(accessToken)).slice(0, 16);
  }
}

const randomText = () => toBase64Url(crypto.getRandomValues(new Uint8Array(32)));

const sha256 = async text => toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));

const toBase64Url = bytes => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

function readJwt(token) {
  const payload = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(payload, c => c.charCodeAt(0))));
}
