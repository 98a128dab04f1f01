// A whole relying party's life with openid-client: one JSON line per step, exit code 1 at the first step that is not as it must be.
import { strict as assert } from 'node:assert';
import { webcrypto } from 'node:crypto';
import * as client from 'openid-client';
import { Browser, formsOf } from './browser.mjs';

globalThis.crypto ??= webcrypto; // Debian 12's Node.js 18 does not publish it

const setting = name => process.env[name] ?? assert.fail(`The environment has no ${name}.`);
const issuer = setting('ISSUER');
const redirectUri = setting('REDIRECT_URI');
const scope = setting('SCOPE');
const browser = new Browser(issuer);

const loopbackOnly = new URL(issuer).hostname === 'localhost' ? [client.allowInsecureRequests] : [];
const discover = (id, secret) =>
  client.discovery(new URL(issuer), id, undefined, client.ClientSecretBasic(secret), { execute: [...loopbackOnly, client.enableNonRepudiationChecks] });

let step;
async function run(name, action) {
  step = name;
  console.log(JSON.stringify({ step, ok: true, ...(await action()) }));
}

/** Answers sign-in and consent until the provider sends the browser back to the client. */
async function driveTo(target, url) {
  let page = await browser.open(url);
  for (let pages = 0; pages < 6; pages++) {
    if (page.left && page.url.href.startsWith(target)) return page.url;
    const forms = formsOf(page.html, page.url);
    const signIn = forms.find(form => form.fields.some(field => field.name === 'password'));
    const consent = forms.find(form => form.buttons.some(button => button.name === 'decision'));
    if (signIn) page = await browser.submit(signIn, { username: setting('USER_NAME'), password: setting('USER_PASSWORD') });
    else if (consent) page = await browser.submit(consent, {}, { name: 'decision', value: 'allow' });
    else if (forms.length === 1) page = await browser.submit(forms[0], {}, forms[0].buttons[0]);
    else break;
  }
  assert.fail(`The browser was not sent back to ${target}; it shows ${page.url} (${page.status}).`);
}

async function authorizationRequest(config, more = {}) {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  });
  return { url, checks };
}

async function main() {
  let web, machine, resource, tokens, first;

  await run('discovery', async () => {
    web = await discover(setting('CLIENT_ID'), setting('CLIENT_SECRET'));
    machine = await discover(setting('MACHINE_ID'), setting('MACHINE_SECRET'));
    resource = await discover(setting('RESOURCE_ID'), setting('RESOURCE_SECRET'));
    assert.equal(web.serverMetadata().issuer, issuer);
    return { issuer };
  });

  await run('code', async () => {
    const { url, checks } = await authorizationRequest(web);
    tokens = first = await client.authorizationCodeGrant(web, await driveTo(redirectUri, url), checks);
    assert.ok(tokens.access_token && tokens.id_token && tokens.refresh_token);
    return { scope: tokens.scope, sub: tokens.claims().sub };
  });

  await run('userinfo', async () => {
    const user = await client.fetchUserInfo(web, tokens.access_token, tokens.claims().sub);
    return { sub: user.sub, name: user.name };
  });

  await run('refresh', async () => {
    tokens = await client.refreshTokenGrant(web, first.refresh_token);
    assert.notEqual(tokens.refresh_token, first.refresh_token, 'the refresh token rotates');
    assert.notEqual(tokens.access_token, first.access_token);
    return { scope: tokens.scope };
  });

  await run('client-credentials', async () => {
    const granted = await client.clientCredentialsGrant(machine, { scope: setting('MACHINE_SCOPE') });
    assert.equal(granted.refresh_token, undefined);
    const seen = await client.tokenIntrospection(resource, granted.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, setting('MACHINE_ID'));
    return { scope: granted.scope };
  });

  await run('introspection', async () => {
    const seen = await client.tokenIntrospection(resource, tokens.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, setting('CLIENT_ID'));
    assert.equal(seen.sub, first.claims().sub);
    return { scope: seen.scope };
  });

  await run('revocation', async () => {
    await client.tokenRevocation(web, tokens.refresh_token, { token_type_hint: 'refresh_token' });
    assert.equal((await client.tokenIntrospection(web, tokens.refresh_token)).active, false, 'the revoked token is inactive');
    assert.equal((await client.tokenIntrospection(resource, tokens.access_token)).active, false, 'and so is the access token of its family');
    await assert.rejects(client.refreshTokenGrant(web, tokens.refresh_token), { error: 'invalid_grant' });
    return {};
  });

  await run('single-sign-on', async () => {
    const { url, checks } = await authorizationRequest(web, { prompt: 'none' });
    tokens = await client.authorizationCodeGrant(web, await driveTo(redirectUri, url), checks);
    assert.equal(tokens.claims().sub, first.claims().sub);
    return {};
  });

  await run('logout', async () => {
    const back = setting('POST_LOGOUT_REDIRECT_URI');
    const state = client.randomState();
    const arrived = await driveTo(back, client.buildEndSessionUrl(web, { id_token_hint: tokens.id_token, post_logout_redirect_uri: back, state }));
    assert.equal(arrived.searchParams.get('state'), state);
    return {};
  });

  await run('signed-out', async () => {
    const { url, checks } = await authorizationRequest(web, { prompt: 'none' });
    await assert.rejects(client.authorizationCodeGrant(web, await driveTo(redirectUri, url), checks), { error: 'login_required' });
    return {};
  });
}

main().catch(error => {
  console.log(JSON.stringify({ step, ok: false, error: error.message, cause: String(error.cause?.message ?? error.cause?.error ?? ''), details: error.error_description }));
  process.exitCode = 1;
});
