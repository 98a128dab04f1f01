// The npm package oidc-provider with its store in memory, at this provider's addresses, with token formats that can be compared.
// PORT, USERS (how many there are: user0000, user0001, …) and PASSWORD. Prints one line when it listens.
import { strict as assert } from 'node:assert';
import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const setting = name => process.env[name] ?? assert.fail(`The environment has no ${name}.`);
const port = Number(setting('PORT'));
const users = Number(setting('USERS'));
const password = setting('PASSWORD');
const issuer = `http://localhost:${port}`;
const api = 'urn:bench:api';

const key = (type, options, more) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...more });
const service = (id, more) => ({
  client_id: id, client_secret: `${id}-secret`, redirect_uris: [], response_types: [], grant_types: ['client_credentials'], scope: 'api.read', ...more,
});
const app = id => ({
  client_id: id, client_secret: `${id}-secret`, redirect_uris: ['https://app.example.test/cb'], response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token'], scope: 'openid profile api.read offline_access',
});

const provider = new Provider(issuer, {
  clients: [service('service'), service('service-es256'), service('service-reference'), app('app'), app('reader')],
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, { alg: 'RS256' }), key('ec', { namedCurve: 'P-256' }, { alg: 'ES256' })] },
  routes: {
    authorization: '/connect/authorize', token: '/connect/token', userinfo: '/connect/userinfo', introspection: '/connect/introspect',
    jwks: '/.well-known/openid-configuration/jwks',
  },
  scopes: ['openid', 'offline_access', 'api.read'],
  claims: { openid: ['sub'], profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    resourceIndicators: {
      enabled: true,
      // Tokens of "reader" are for the userinfo endpoint, which takes none that are for an API.
      defaultResource: ctx => (ctx.oidc.client.clientId === 'reader' ? undefined : api),
      useGrantedResource: () => true,
      getResourceServerInfo: (_, __, client) => ({
        scope: 'api.read',
        accessTokenFormat: client.clientId === 'service-reference' ? 'opaque' : 'jwt',
        jwt: { sign: { alg: client.clientId === 'service-es256' ? 'ES256' : 'RS256' } },
      }),
    },
  },
  rotateRefreshToken: true,
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  cookies: { keys: [randomBytes(16).toString('hex')] },
  interactions: { url: (_, interaction) => `/login/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Person ${id}`, given_name: 'Person', family_name: id, preferred_username: id, locale: 'en', updated_at: 1700000000 }),
  }),
  // Whoever signed in agrees, as with an app of the company's own.
  loadExistingGrant: async ctx => {
    const existing = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    if (existing) return ctx.oidc.provider.Grant.find(existing);
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile offline_access api.read');
    grant.addResourceScope(api, 'api.read');
    await grant.save();
    return grant;
  },
});

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

const isUser = name => /^user\d{4,}$/.test(name) && Number(name.slice(4)) < users;

// Passwords are compared as they are: the sign-in of this peer is there to get tokens, not to be measured.
provider.use(async (ctx, next) => {
  const uid = /^\/login\/([\w-]+)$/.exec(ctx.path)?.[1];
  if (!uid) return next();
  if (ctx.method === 'POST') {
    const form = await bodyOf(ctx.req);
    const name = form.get('username') ?? '';
    if (isUser(name) && form.get('password') === password) return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: name } });
  }
  ctx.type = 'html';
  ctx.body = `<!doctype html><title>Sign in</title><form method="post" action="/login/${uid}"><input name="username"><input name="password" type="password"><button>Sign in</button></form>`;
});

provider.listen(port, 'localhost', () => console.log(`listening at ${issuer}`));
