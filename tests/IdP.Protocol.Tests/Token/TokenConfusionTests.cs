using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Token;

/// <summary>RFC 8725: forged and misused tokens at every place that reads one, userinfo, introspection, and the hints of authorize and logout.</summary>
public sealed class TokenConfusionTests(DatabaseKind database) : ServerTest(database)
{
    private static readonly string[] Forgeries =
    [
        "alg none", "alg None", "alg none, signature kept", "signature missing", "HS256 with the public key as PEM", "HS256 with the public key as DER", "HS256 with the modulus", "HS256 with the published JWK", "HS256 with the client's secret", "HS256 with nothing",
        "own key under the server's kid", "own key under a kid of its own", "own key without kid", "own key in jwk", "own key behind jku", "own key behind x5u", "own key in x5c", "kid is a path", "kid is SQL", "kid is a NUL", "kid is an object",
        "claims changed", "crit unknown", "b64 false", "signature of zeros", "no base64url", "broken JSON", "four segments", "five segments",
    ];

    [Test]
    public async Task A_forged_access_token_is_worth_nothing_anywhere()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid email api.read", TestUsers.Alice);
        var keys = await web.KeySetAsync();

        foreach (var forgery in Forgeries)
        {
            var forged = Forge(tokens.AccessToken!, forgery, keys);

            var userInfo = await web.UserInfoAsync(forged);
            var answers = new[] { await Server.NewRelyingParty(TestClients.Api).IntrospectAsync(forged), await web.IntrospectAsync(forged) };

            Assert.That(userInfo.Status, Is.EqualTo(HttpStatusCode.Unauthorized), forgery);
            Assert.That(userInfo.Body, Does.Not.Contain("alice"), forgery);
            foreach (var answer in answers)
                Assert.That((answer.Status, answer.Json.EnumerateObject().Select(p => $"{p.Name} {p.Value}").Single()), Is.EqualTo((HttpStatusCode.OK, "active False")), forgery);
        }

        Assert.That((await web.UserInfoAsync(tokens.AccessToken!)).Status, Is.EqualTo(HttpStatusCode.OK), "the token they were made from is good");
    }

    [Test]
    public async Task A_forged_hint_signs_nobody_out_and_leads_nowhere()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var tokens = await web.SignInAsync(browser, "openid", TestUsers.Alice);
        var keys = await web.KeySetAsync();
        Task<Page> SilentAsync(string hint) => browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none"), new("id_token_hint", hint)]).Url);

        foreach (var forgery in Forgeries)
        {
            var forged = Forge(tokens.IdToken!, forgery, keys);

            var silent = await SilentAsync(forged);
            var logout = await browser.OpenAsync($"/connect/endsession?id_token_hint={Uri.EscapeDataString(forged)}&post_logout_redirect_uri={Uri.EscapeDataString(TestClients.Web.PostLogoutRedirectUri!)}");
            var account = await browser.OpenAsync("/account");

            Assert.That(silent.LocationParameters.GetValueOrDefault("error"), Is.EqualTo("login_required"), forgery);
            Assert.That(logout.Location, Is.Null, forgery + ": nobody is sent to the app");
            Assert.That(account.Body, Does.Contain("alice"), forgery + ": the session goes on");
        }

        Assert.That((await SilentAsync(tokens.IdToken!)).LocationParameters.Keys, Has.One.EqualTo("code"), "the hint they were made from is good");
    }

    [Test]
    public async Task A_token_of_one_kind_is_not_taken_for_another()
    {
        using var browser = Server.NewBrowser();
        var web = Server.NewRelyingParty(TestClients.Web);
        var api = Server.NewRelyingParty(TestClients.Api);
        var tokens = await web.SignInAsync(browser, "openid api.read offline_access", TestUsers.Alice);
        var code = (await web.AuthorizeAsync(browser, "openid")).Code;

        foreach (var token in new[] { tokens.IdToken!, tokens.RefreshToken!, code })
        {
            Assert.That((await web.UserInfoAsync(token)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That((await api.IntrospectAsync(token)).Body, Does.Match("^\\s*{\\s*\"active\":\\s*false\\s*}\\s*$"));
        }
        foreach (var token in new[] { tokens.AccessToken!, tokens.IdToken!, code })
            Assert.That((await web.RefreshAsync(token)).Error, Is.EqualTo("invalid_grant"));
        foreach (var token in new[] { tokens.AccessToken!, tokens.IdToken!, tokens.RefreshToken! })
            Assert.That((await web.TokenAsync([new("grant_type", "authorization_code"), new("code", token), new("redirect_uri", web.RedirectUri), new("code_verifier", new string('v', 43))])).Error, Is.EqualTo("invalid_grant"));

        var silent = await browser.OpenAsync(web.NewRequest("openid", [new("prompt", "none"), new("id_token_hint", tokens.AccessToken)]).Url);
        Assert.That(silent.LocationParameters.Keys, Has.None.EqualTo("code"));
    }

    private static string Forge(string token, string forgery, JsonElement keySet)
    {
        var parts = token.Split('.');
        var header = JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[0]))!.AsObject();
        var payload = JsonNode.Parse(WebEncoders.Base64UrlDecode(parts[1]))!.AsObject();
        var published = keySet.GetProperty("keys").EnumerateArray().First(key => key.GetProperty("kid").GetString() == (string?)header["kid"]);
        using var servers = RSA.Create(new RSAParameters { Modulus = WebEncoders.Base64UrlDecode(published.GetProperty("n").GetString()!), Exponent = WebEncoders.Base64UrlDecode(published.GetProperty("e").GetString()!) });
        using var own = RSA.Create(2048);
        var ownParameters = own.ExportParameters(includePrivateParameters: false);
        var ownJwk = new JsonObject { ["kty"] = "RSA", ["n"] = WebEncoders.Base64UrlEncode(ownParameters.Modulus!), ["e"] = WebEncoders.Base64UrlEncode(ownParameters.Exponent!), ["kid"] = (string?)header["kid"] };

        string Unsigned() => Encode(header.ToJsonString()) + "." + Encode(payload.ToJsonString());
        string With(string name, JsonNode? value, string? remove = null)
        {
            header[name] = value;
            if (remove is not null) header.Remove(remove);
            var input = Unsigned();
            return input + "." + WebEncoders.Base64UrlEncode(own.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
        string Hmac(byte[] key)
        {
            header["alg"] = "HS256";
            var input = Unsigned();
            return input + "." + WebEncoders.Base64UrlEncode(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(input)));
        }
        string Alg(string value, string signature)
        {
            header["alg"] = value;
            return Unsigned() + "." + signature;
        }

        switch (forgery)
        {
            case "alg none": return Alg("none", "");
            case "alg None": return Alg("None", "");
            case "alg none, signature kept": return Alg("none", parts[2]);
            case "signature missing": return parts[0] + "." + parts[1] + ".";
            case "HS256 with the public key as PEM": return Hmac(Encoding.ASCII.GetBytes(servers.ExportSubjectPublicKeyInfoPem()));
            case "HS256 with the public key as DER": return Hmac(servers.ExportSubjectPublicKeyInfo());
            case "HS256 with the modulus": return Hmac(servers.ExportParameters(false).Modulus!);
            case "HS256 with the published JWK": return Hmac(Encoding.UTF8.GetBytes(published.GetRawText()));
            case "HS256 with the client's secret": return Hmac(Encoding.UTF8.GetBytes(TestClients.Web.Secret!));
            case "HS256 with nothing": return Hmac([]);
            case "own key under the server's kid": return With("typ", header["typ"]?.DeepClone());
            case "own key under a kid of its own": return With("kid", "mine");
            case "own key without kid": return With("x", null, remove: "kid");
            case "own key in jwk": return With("jwk", ownJwk);
            case "own key behind jku": return With("jku", "https://127.0.0.1:9/jwks.json");
            case "own key behind x5u": return With("x5u", "https://127.0.0.1:9/cert.pem");
            case "own key in x5c":
                using (var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", own, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)))
                    return With("x5c", new JsonArray(Convert.ToBase64String(certificate.RawData)));
            case "kid is a path": return With("kid", "../../../../../../dev/null");
            case "kid is SQL": return With("kid", "x' UNION SELECT 'AAAA' --");
            case "kid is a NUL": return With("kid", "\0");
            case "kid is an object": return With("kid", new JsonObject { ["a"] = 1 });
            case "crit unknown": return With("crit", new JsonArray("nobody-knows"));
            case "b64 false": return With("b64", false);
            case "claims changed":
                payload["sub"] = Guid.NewGuid().ToString();
                return parts[0] + "." + Encode(payload.ToJsonString()) + "." + parts[2];
            case "signature of zeros": return parts[0] + "." + parts[1] + "." + WebEncoders.Base64UrlEncode(new byte[256]);
            case "no base64url": return parts[0] + "." + parts[1][..^5] + "%!*~" + "." + parts[2];
            case "broken JSON": return Encode("{\"alg\":\"RS256\",\"kid\":") + "." + parts[1] + "." + parts[2];
            case "four segments": return token + "." + parts[2];
            case "five segments": return string.Join('.', parts[0], parts[0], parts[1], parts[1], parts[2]);
            default: throw new ArgumentException("No such forgery.", nameof(forgery));
        }
    }

    private static string Encode(string text) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(text));
}
