// A whole relying party's life: code flow, refresh, client credentials, introspection, revocation, single sign-on, logout.
import { assert, client, discover, driveTo, issuer, run, setting, signIn, start } from './journey.mjs';

start(async () => {
  let web, machine, resource, tokens, first;

  await run('discovery', async () => {
    web = await discover(setting('CLIENT_ID'), client.ClientSecretBasic(setting('CLIENT_SECRET')));
    machine = await discover(setting('MACHINE_ID'), client.ClientSecretBasic(setting('MACHINE_SECRET')));
    resource = await discover(setting('RESOURCE_ID'), client.ClientSecretBasic(setting('RESOURCE_SECRET')));
    assert.equal(web.serverMetadata().issuer, issuer);
    return { issuer };
  });

  await run('code', async () => {
    tokens = first = await signIn(web);
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
    tokens = await signIn(web, { prompt: 'none' });
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
    await assert.rejects(signIn(web, { prompt: 'none' }), { error: 'login_required' });
    return {};
  });
});
