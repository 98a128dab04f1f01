// Pushed authorization requests (RFC 9126): the browser carries only a reference, once.
import { assert, client, codeRequest, discover, driveTo, run, setting, start } from './journey.mjs';

start(async () => {
  let config, pushed;

  await run('discovery', async () => {
    config = await discover(setting('CLIENT_ID'), client.ClientSecretBasic(setting('CLIENT_SECRET')));
    assert.ok(config.serverMetadata().pushed_authorization_request_endpoint);
    return {};
  });

  await run('unpushed', async () => {
    const { parameters } = await codeRequest({ prompt: 'none' });
    const answer = await driveTo(setting('REDIRECT_URI'), client.buildAuthorizationUrl(config, parameters));
    assert.equal(answer.searchParams.get('error'), 'invalid_request', 'this client has to push its requests');
    return { description: answer.searchParams.get('error_description') };
  });

  await run('pushed', async () => {
    const { parameters, checks } = await codeRequest();
    pushed = await client.buildAuthorizationUrlWithPAR(config, parameters);
    assert.deepEqual([...pushed.searchParams.keys()].sort(), ['client_id', 'request_uri']);
    const tokens = await client.authorizationCodeGrant(config, await driveTo(setting('REDIRECT_URI'), pushed), checks);
    return { sub: tokens.claims().sub };
  });

  await run('used-up', async () => {
    // Another browser would do: whoever finds the address later must not get anything from it.
    const answer = await fetch(pushed, { redirect: 'manual' });
    const location = answer.headers.get('location') ?? '';
    assert.ok(!location.includes('code='), location);
    assert.ok(answer.status === 400 || location.includes('error='), `${answer.status} ${location}`);
    return { status: answer.status };
  });
});
