using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Conformance;

/// <summary>The modules that the plans for basic, implicit, hybrid and form-post providers share, each against every response type in both response modes.</summary>
[TestFixtureSource(typeof(Variant), nameof(Variant.All))]
public sealed class OpModuleTests(DatabaseKind database, Variant variant) : OpTest(database)
{
    [Test]
    public async Task A_plain_sign_in_gives_tokens_that_satisfy_every_check_of_an_app()
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, variant, "openid", Person);
        var keys = await Server.NewRelyingParty(App).KeySetAsync();

        var parameters = session.Answer.Parameters;
        Assert.Multiple(() =>
        {
            Assert.That(parameters["state"], Is.EqualTo(session.Answer.Request.State));
            Assert.That(parameters["iss"], Is.EqualTo(Issuer));
            Assert.That(parameters.ContainsKey("code"), Is.EqualTo(variant.HasCode));
            Assert.That(parameters.ContainsKey("id_token"), Is.EqualTo(variant.HasFrontIdToken));
            Assert.That(parameters.ContainsKey("access_token"), Is.EqualTo(variant.HasFrontToken));
            Assert.That(parameters.ContainsKey("refresh_token"), Is.False);
            if (variant.HasFrontToken) Assert.That((parameters["token_type"], int.Parse(parameters["expires_in"], System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(("Bearer", 3600)).Using<(string, int)>((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) <= 2));
        });
        if (variant.HasFrontIdToken) AssertIdToken(parameters["id_token"], session.Answer, keys, variant.HasCode ? parameters["code"] : null, variant.HasFrontToken ? parameters["access_token"] : null);
        if (session.Exchanged is { } exchanged) AssertIdToken(exchanged.IdToken!, session.Answer, keys, null, Jwt.Parse(exchanged.IdToken!).Text("at_hash") is null ? null : exchanged.AccessToken);
        if (session.AccessToken is { } token)
            Assert.That((await Server.NewRelyingParty(App).UserInfoAsync(token)).Expected().Text("sub"), Is.EqualTo(Jwt.Parse(session.IdToken).Text("sub")));
    }

    [Test]
    public async Task A_request_without_a_response_type_is_refused()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(Server.NewRelyingParty(App).NewRequest("openid", Request(variant, ("response_type", null))).Url);

        var error = page.IsRedirect ? page.LocationParameters.GetValueOrDefault("error") : page.Forms.FirstOrDefault(form => form.Has("error"))?["error"].Value;
        Assert.That(error, Is.AnyOf("unsupported_response_type", "invalid_request"), page.Body);
    }

    [Test]
    public async Task The_id_token_is_signed_with_RS256_and_names_its_key()
    {
        using var browser = Server.NewBrowser();

        var session = await SignInAsync(browser, variant, "openid", Person);

        var token = Jwt.Parse(session.IdToken);
        Assert.That(token.Header.GetProperty("alg").GetString(), Is.EqualTo("RS256"));
        Assert.That(token.Header.GetProperty("kid").GetString(), Is.Not.Empty);
        Assert.That(token.IsSignedBy(await Server.NewRelyingParty(App).KeySetAsync()), Is.True);
    }

    [TestCase("GET, header")]
    [TestCase("POST, header")]
    [TestCase("POST, body")]
    public async Task Userinfo_takes_the_token_in_each_place_the_specification_knows(string way)
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, variant, "openid", Person);
        if (!variant.HasAccessToken)
        {
            Assert.That(session.AccessToken, Is.Null, "id_token alone brings no access token, so its plan has no userinfo module");
            return;
        }
        using var request = new HttpRequestMessage(way.StartsWith("GET", StringComparison.Ordinal) ? HttpMethod.Get : HttpMethod.Post, "/connect/userinfo");
        if (way.EndsWith("header", StringComparison.Ordinal)) request.Headers.Authorization = new("Bearer", session.AccessToken);
        else request.Content = new FormUrlEncodedContent([new("access_token", session.AccessToken)]);

        var answer = await TokenAnswer.ReadAsync(await Server.NewHttpClient().SendAsync(request));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        Assert.That(answer.Text("sub"), Is.EqualTo(Jwt.Parse(session.IdToken).Text("sub")));
    }

    [Test]
    public async Task A_nonce_is_needed_exactly_where_an_id_token_comes_through_the_browser()
    {
        using var browser = Server.NewBrowser();

        var answer = await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", Person, Request(variant, ("nonce", null)));

        if (variant.HasFrontIdToken) Assert.That(answer.Error, Is.EqualTo("invalid_request"));
        else Assert.That(Jwt.Parse((await CollectAsync(answer, variant)).IdToken).Text("nonce"), Is.Null);
    }

    [TestCase("profile", "name", "family_name", "given_name", "preferred_username", "locale", "updated_at")]
    [TestCase("email", "email", "email_verified")]
    [TestCase("address", "address")]
    [TestCase("phone", "phone_number", "phone_number_verified")]
    [TestCase("profile email address phone", "name", "email", "email_verified", "address", "phone_number", "phone_number_verified")]
    public async Task A_scope_brings_its_claims_with_their_types(string scope, params string[] names)
    {
        using var browser = Server.NewBrowser();

        var session = await SignInAsync(browser, variant, "openid " + scope, Person);

        // OpenID Connect Core 5.4: without an access token there is nobody to ask, so the ID token carries them.
        var claims = session.AccessToken is { } token ? (await Server.NewRelyingParty(App).UserInfoAsync(token)).Expected().Json : Jwt.Parse(session.IdToken).Payload;
        Assert.That(names.Where(name => !claims.TryGetProperty(name, out _)), Is.Empty, claims.GetRawText());
        Assert.Multiple(() =>
        {
            if (claims.TryGetProperty("email_verified", out var verified)) Assert.That(verified.ValueKind, Is.EqualTo(JsonValueKind.True));
            if (claims.TryGetProperty("phone_number_verified", out verified)) Assert.That(verified.ValueKind, Is.EqualTo(JsonValueKind.True));
            if (claims.TryGetProperty("updated_at", out var updated)) Assert.That(updated.ValueKind, Is.EqualTo(JsonValueKind.Number));
            if (claims.TryGetProperty("address", out var address)) Assert.That(address.GetProperty("locality").GetString(), Is.EqualTo("Springfield"));
        });
    }

    [Test]
    public async Task Parameters_and_scopes_in_another_order_change_nothing()
    {
        using var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(App).NewRequest("email openid", Request(variant));
        var reversed = "/connect/authorize?" + string.Join('&', request.Url[(request.Url.IndexOf('?', StringComparison.Ordinal) + 1)..].Split('&').Reverse());

        var page = await browser.OpenAsync(reversed);
        page = await browser.FollowAsync(await browser.SignInAsync(page, Person.UserName, Person.Password));

        var parameters = page.IsRedirect ? page.LocationParameters : page.Forms.Single(form => form.Action.AbsoluteUri == Callback).Fields.ToDictionary(field => field.Name, field => field.Value);
        Assert.That(parameters.GetValueOrDefault("state"), Is.EqualTo(request.State));
        Assert.That(parameters.ContainsKey("error"), Is.False);
    }

    [TestCase("display", "page")]
    [TestCase("display", "popup")]
    [TestCase("login_hint", "fulla@example.test")]
    [TestCase("ui_locales", "se fr-CA de")]
    [TestCase("claims_locales", "se")]
    [TestCase("acr_values", "1 2")]
    [TestCase("extra", "foobar")]
    public async Task A_parameter_that_is_only_a_wish_never_fails_a_request(string name, string value)
    {
        using var browser = Server.NewBrowser();

        var session = await SignInAsync(browser, variant, "openid", Person, (name, value));

        Assert.That(Jwt.Parse(session.IdToken).Text("sub"), Is.Not.Empty);
    }

    [Test]
    public async Task Prompt_login_asks_again_and_gives_a_later_auth_time()
    {
        using var browser = Server.NewBrowser();
        var first = await SignInAsync(browser, variant, "openid", Person);
        Server.Clock.Advance(TimeSpan.FromSeconds(2));

        var asked = await browser.OpenAsync(Server.NewRelyingParty(App).NewRequest("openid", Request(variant, ("prompt", "login"))).Url);
        var second = await SignInAsync(browser, variant, "openid", Person, ("prompt", "login"));

        Assert.That(asked.AsksToSignIn, Is.True, "the sign-in page is shown");
        Assert.That(AuthTime(second.IdToken), Is.GreaterThan(AuthTime(first.IdToken)));
    }

    [Test]
    public async Task Prompt_none_without_a_session_is_login_required()
    {
        using var browser = Server.NewBrowser();

        var answer = await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", null, Request(variant, ("prompt", "none")));

        Assert.That((answer.Error, answer.Parameters["state"], answer.Parameters["iss"]), Is.EqualTo(("login_required", answer.Request.State, Issuer)));
    }

    [Test]
    public async Task Prompt_none_with_a_session_succeeds_in_silence_with_the_same_person_and_auth_time()
    {
        using var browser = Server.NewBrowser();
        var first = await SignInAsync(browser, variant, "openid", Person);

        var second = await SignInAsync(browser, variant, "openid", null, ("prompt", "none"));

        Assert.That((Jwt.Parse(second.IdToken).Text("sub"), AuthTime(second.IdToken)), Is.EqualTo((Jwt.Parse(first.IdToken).Text("sub"), AuthTime(first.IdToken))));
    }

    [Test]
    public async Task Max_age_asks_again_when_the_sign_in_is_older()
    {
        using var browser = Server.NewBrowser();
        var first = await SignInAsync(browser, variant, "openid", Person);
        Server.Clock.Advance(TimeSpan.FromSeconds(3));

        var asked = await browser.OpenAsync(Server.NewRelyingParty(App).NewRequest("openid", Request(variant, ("max_age", "1"))).Url);
        var second = await SignInAsync(browser, variant, "openid", Person, ("max_age", "1"));

        Assert.That(asked.AsksToSignIn, Is.True);
        Assert.That(AuthTime(second.IdToken), Is.GreaterThan(AuthTime(first.IdToken)));
    }

    [Test]
    public async Task Max_age_asks_nobody_while_the_sign_in_is_young_enough()
    {
        using var browser = Server.NewBrowser();
        var first = await SignInAsync(browser, variant, "openid", Person, ("max_age", "15000"));

        var second = await SignInAsync(browser, variant, "openid", null, ("max_age", "10000"));

        Assert.That(AuthTime(second.IdToken), Is.EqualTo(AuthTime(first.IdToken)));
    }

    [Test]
    public async Task An_id_token_as_hint_lets_the_same_person_in_without_a_question()
    {
        using var browser = Server.NewBrowser();
        var first = await SignInAsync(browser, variant, "openid", Person);

        var second = await SignInAsync(browser, variant, "openid", null, ("prompt", "none"), ("id_token_hint", first.IdToken));

        Assert.That(Jwt.Parse(second.IdToken).Text("sub"), Is.EqualTo(Jwt.Parse(first.IdToken).Text("sub")));
    }

    [TestCase(0)]
    [TestCase(31)]
    public async Task A_code_used_again_is_invalid_and_takes_the_access_token_with_it(int seconds)
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, variant, "openid", Person);
        if (!variant.HasCode)
        {
            Assert.That(session.Exchanged, Is.Null, "without a code there is nothing to use twice");
            return;
        }
        Server.Clock.Advance(TimeSpan.FromSeconds(seconds));
        var app = Server.NewRelyingParty(App);

        var again = await app.TokenAsync([new("grant_type", "authorization_code"), new("code", session.Answer.Code), new("redirect_uri", Callback)]);
        var userinfo = await app.UserInfoAsync(session.Exchanged!.AccessToken!);

        Assert.That((again.Status, again.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_grant")));
        Assert.That(userinfo.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task An_unregistered_redirect_uri_ends_on_our_own_page()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(Server.NewRelyingParty(App).NewRequest("openid", Request(variant, ("redirect_uri", "https://op.example.test/cb/unregistered"))).Url);

        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
        Assert.That(page.Forms.Any(form => form.Action.Host == "op.example.test"), Is.False);
        Assert.That(page.Body, Does.Contain("trace-id"));
    }

    [Test]
    public async Task An_authorization_request_may_be_posted()
    {
        using var browser = Server.NewBrowser();
        var request = Server.NewRelyingParty(App).NewRequest("openid", Request(variant));
        var form = QueryHelpers.ParseQuery(request.Url[request.Url.IndexOf('?', StringComparison.Ordinal)..]).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()));

        var page = await browser.FollowAsync(await browser.PostAsync("/connect/authorize", form));
        page = await browser.FollowAsync(await browser.SignInAsync(page, Person.UserName, Person.Password));

        var parameters = page.IsRedirect ? page.LocationParameters : page.Forms.Single(f => f.Action.AbsoluteUri == Callback).Fields.ToDictionary(field => field.Name, field => field.Value);
        Assert.That(parameters.GetValueOrDefault("state"), Is.EqualTo(request.State));
        Assert.That(parameters.ContainsKey("error"), Is.False);
    }

    [TestCase("request", "request_not_supported")]
    [TestCase("request_uri", "request_uri_not_supported")]
    public async Task A_request_object_is_answered_by_its_error_and_never_ignored(string parameter, string error)
    {
        using var browser = Server.NewBrowser();
        var value = parameter == "request" ? UnsignedObject() : "https://op.example.test/request.jwt";

        var answer = await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", Person, Request(variant, (parameter, value)));

        Assert.That(answer.Error, Is.EqualTo(error));
    }

    [Test]
    public async Task A_request_object_with_another_redirect_uri_leads_nowhere()
    {
        using var browser = Server.NewBrowser();

        var page = await browser.OpenAsync(Server.NewRelyingParty(App).NewRequest("openid", Request(variant, ("request", UnsignedObject()), ("redirect_uri", "https://evil.example.test/cb"))).Url);

        Assert.That((page.Status, page.Location), Is.EqualTo((HttpStatusCode.BadRequest, (Uri?)null)));
    }

    [Test]
    public async Task An_essential_claim_is_delivered()
    {
        using var browser = Server.NewBrowser();

        var session = await SignInAsync(browser, variant, "openid", Person, ("claims", """{"userinfo":{"name":{"essential":true}},"id_token":{"name":{"essential":true}}}"""));

        Assert.That(Jwt.Parse(session.IdToken).Text("name"), Is.EqualTo("Fulla Claims"));
        if (session.AccessToken is { } token)
            Assert.That((await Server.NewRelyingParty(App).UserInfoAsync(token)).Expected().Text("name"), Is.EqualTo("Fulla Claims"));
    }

    [Test]
    public async Task A_refresh_gives_a_consistent_id_token_and_is_bound_to_its_client()
    {
        using var browser = Server.NewBrowser();
        var session = await SignInAsync(browser, variant, "openid offline_access", Person);
        if (!variant.HasCode)
        {
            Assert.That(session.Answer.Parameters.ContainsKey("refresh_token"), Is.False, "the implicit flow gives no refresh token");
            return;
        }
        var app = Server.NewRelyingParty(App);

        var foreign = await Server.NewRelyingParty(TestClients.Web).RefreshAsync(session.Exchanged!.RefreshToken!);
        var refreshed = (await app.RefreshAsync(session.Exchanged.RefreshToken!)).Expected();

        var (before, after) = (Jwt.Parse(session.IdToken), Jwt.Parse(refreshed.IdToken!));
        Assert.Multiple(() =>
        {
            Assert.That(foreign.Error, Is.EqualTo("invalid_grant"));
            Assert.That((after.Text("iss"), after.Text("sub"), after.Text("aud")), Is.EqualTo((before.Text("iss"), before.Text("sub"), before.Text("aud"))));
            Assert.That(AuthTime(refreshed.IdToken!), Is.EqualTo(AuthTime(session.IdToken)));
            Assert.That(after.Instant("iat"), Is.GreaterThanOrEqualTo(before.Instant("iat")));
        });
    }

    [Test]
    public async Task PKCE_works_and_a_wrong_verifier_does_not()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(App);
        async Task<AuthorizationAnswer> AskAsync(string challenge) => await app.AuthorizeAsync(browser, "openid", Person, Request(variant, ("code_challenge", challenge), ("code_challenge_method", "S256")));
        if (!variant.HasCode)
        {
            Assert.That((await Server.NewRelyingParty(App).AuthorizeAsync(browser, "openid", Person, Request(variant))).Error, Is.Null, "PKCE is about codes");
            return;
        }
        var (good, bad) = (Pkce.Create(), Pkce.Create());

        var right = await app.TokenAsync([new("grant_type", "authorization_code"), new("code", (await AskAsync(good.Challenge)).Code), new("redirect_uri", Callback), new("code_verifier", good.Verifier)]);
        var wrong = await app.TokenAsync([new("grant_type", "authorization_code"), new("code", (await AskAsync(good.Challenge)).Code), new("redirect_uri", Callback), new("code_verifier", bad.Verifier)]);
        var none = await app.TokenAsync([new("grant_type", "authorization_code"), new("code", (await AskAsync(good.Challenge)).Code), new("redirect_uri", Callback)]);

        Assert.That(right.Status, Is.EqualTo(HttpStatusCode.OK), right.Body);
        Assert.That((wrong.Error, none.Error), Is.EqualTo(("invalid_grant", "invalid_grant")));
    }

    [Test]
    public async Task A_client_of_client_secret_post_authenticates_in_the_form_and_in_no_other_way()
    {
        using var browser = Server.NewBrowser();
        var app = Server.NewRelyingParty(Post);
        var answer = await app.AuthorizeAsync(browser, "openid", Person, Request(variant));
        if (!variant.HasCode)
        {
            Assert.That(answer.Parameters["id_token"], Is.Not.Empty, "without a code nobody authenticates");
            return;
        }
        using var inForm = new FormUrlEncodedContent([new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", Callback), new("client_id", Post.ClientId), new("client_secret", Post.Secret!)]);

        var basic = await app.TokenAsync([new("grant_type", "authorization_code"), new("code", answer.Code), new("redirect_uri", Callback)]);
        var post = await TokenAnswer.ReadAsync(await Server.NewHttpClient().PostAsync("/connect/token", inForm));

        Assert.That(basic.Error, Is.EqualTo("invalid_client"));
        Assert.That(post.Status, Is.EqualTo(HttpStatusCode.OK), post.Body);
    }

    private string UnsignedObject()
    {
        static string Encode(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));
        return $"{Encode("""{"alg":"none"}""")}.{Encode($$"""{"iss":"{{App.ClientId}}","aud":"{{Issuer}}","response_type":"{{variant.ResponseType}}","client_id":"{{App.ClientId}}","redirect_uri":"{{Callback}}","scope":"openid"}""")}.";
    }
}
