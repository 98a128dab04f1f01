// Userinfo as a signed JWT (OpenID Connect Core 5.3.2), with the algorithm the client registered.
import { assert, client, discover, run, setting, signIn, start } from './journey.mjs';

start(async () => {
  let config, tokens;

  await run('discovery', async () => {
    config = await discover(setting('CLIENT_ID'), client.ClientSecretBasic(setting('CLIENT_SECRET')), { userinfo_signed_response_alg: 'ES256' });
    assert.ok(config.serverMetadata().userinfo_signing_alg_values_supported.includes('ES256'));
    return {};
  });

  await run('userinfo', async () => {
    tokens = await signIn(config);
    // The library checks type, algorithm, signature, issuer, audience and subject.
    const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(user.iss, setting('ISSUER'));
    return { name: user.name };
  });

  await run('as-sent', async () => {
    const answer = await fetch(config.serverMetadata().userinfo_endpoint, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    assert.equal(answer.headers.get('content-type'), 'application/jwt');
    const header = JSON.parse(Buffer.from((await answer.text()).split('.')[0], 'base64url'));
    return { alg: header.alg };
  });
});
