// Another company's OpenID provider on loopback. Prints one JSON line when it listens. PORT, ACCOUNTS (JSON list of { sub, name, email, email_verified, hd, password }), and either CLIENTS
// (JSON list of client metadata), or CLIENT_ID, CLIENT_SECRET and REDIRECT_URIS (comma-separated) for a client at a provider with the endpoints and answers of Google's.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider, interactionPolicy } from 'oidc-provider';

const setting = name => process.env[name] ?? assert.fail(`The environment has no ${name}.`);
const port = Number(setting('PORT'));
const issuer = `http://localhost:${port}`;
const accounts = JSON.parse(setting('ACCOUNTS'));

// Google lets people choose among their accounts when it is asked to.
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const isGoogle = !process.env.CLIENTS;
const clients = isGoogle
  ? [{ client_id: setting('CLIENT_ID'), client_secret: setting('CLIENT_SECRET'), redirect_uris: setting('REDIRECT_URIS').split(','), token_endpoint_auth_method: 'client_secret_post' }]
  : JSON.parse(process.env.CLIENTS);
const keys = await Promise.all(['RS256', 'ES256'].map(async alg => ({ ...await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey), alg, use: 'sig', kid: alg })));

const provider = new Provider(issuer, {
  clients: clients.map(client => ({ grant_types: ['authorization_code'], response_types: ['code'], ...client })),
  jwks: { keys },
  ...isGoogle && { routes: { authorization: '/o/oauth2/v2/auth', token: '/token', userinfo: '/oauth2/v3/userinfo' } },
  claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name', 'picture', 'hd'], email: ['email', 'email_verified'] },
  pkce: { required: () => false },
  cookies: { keys: [randomBytes(16).toString('hex')] },
  features: { devInteractions: { enabled: false }, pushedAuthorizationRequests: { enabled: true } },
  interactions: { policy, url: (_, interaction) => `/login/${interaction.uid}` },
  findAccount: (_, id) => {
    const account = accounts.find(candidate => candidate.sub === id);
    return account && { accountId: id, claims: () => ({ ...account, password: undefined }) };
  },
  // Whoever signed in agrees: only the sign-in is a page.
  loadExistingGrant: async ctx => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});

const escape = text => text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);

const page = (uid, message) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Upstream sign-in</title><link rel="icon" href="data:,">
<main><h1>Upstream sign-in</h1><p role="alert">${escape(message)}</p><form method="post" action="/login/${uid}">
<label>Email <input name="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button> <button type="submit" name="cancel" value="1" formnovalidate>Cancel</button></form></main></html>`;

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

provider.use(async (ctx, next) => {
  const uid = /^\/login\/([\w-]+)$/.exec(ctx.path)?.[1];
  if (!uid) return next();
  let message = '';
  if (ctx.method === 'POST') {
    const form = await bodyOf(ctx.req);
    if (form.has('cancel')) return provider.interactionFinished(ctx.req, ctx.res, { error: 'access_denied' });
    const account = accounts.find(candidate => candidate.email === form.get('email') && candidate.password === form.get('password'));
    if (account) return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: account.sub }, select_account: {} });
    message = 'Wrong email or password.';
  }
  ctx.type = 'html';
  ctx.body = page(uid, message);
});

provider.listen(port, 'localhost', () => console.log(JSON.stringify({ listening: issuer })));
