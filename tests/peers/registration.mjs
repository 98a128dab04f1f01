// A client that nobody registered: it registers itself (RFC 7591), signs a person in, and takes its registration back (RFC 7592).
import { assert, client, insecureOnLoopback, isRefusedClient, issuer, run, setting, signIn, start } from './journey.mjs';

start(async () => {
  let config, registration;
  const manage = method => fetch(registration.registration_client_uri, { method, headers: { authorization: `Bearer ${registration.registration_access_token}` } });

  await run('register', async () => {
    config = await client.dynamicClientRegistration(
      new URL(issuer),
      // The library sends the secret by post unless told otherwise, and only the registered method is accepted.
      { client_name: 'Self-made app', redirect_uris: [setting('REDIRECT_URI')], scope: setting('SCOPE'), token_endpoint_auth_method: 'client_secret_post' },
      undefined, { execute: insecureOnLoopback });
    registration = config.clientMetadata();
    assert.ok(registration.client_id && registration.client_secret && registration.registration_access_token);
    return { clientId: registration.client_id };
  });

  await run('code', async () => {
    const tokens = await signIn(config);
    const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    return { name: user.name };
  });

  await run('read', async () => {
    const answer = await manage('GET');
    const seen = await answer.json();
    assert.equal(seen.client_id, registration.client_id);
    assert.deepEqual(seen.redirect_uris, [setting('REDIRECT_URI')]);
    return { status: answer.status };
  });

  await run('delete', async () => {
    assert.equal((await manage('DELETE')).status, 204);
    assert.equal((await manage('GET')).status, 401);
    await assert.rejects(client.clientCredentialsGrant(config), isRefusedClient);
    return {};
  });
});
