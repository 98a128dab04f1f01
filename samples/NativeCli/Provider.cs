using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;

namespace NativeCli;

/// <summary>The provider, as its metadata document describes it, seen by a client that has no secret.</summary>
internal sealed class Provider
{
    private readonly HttpClient http;
    private readonly Metadata metadata;
    private readonly string clientId;

    private Provider(HttpClient http, Metadata metadata, string clientId) => (this.http, this.metadata, this.clientId) = (http, metadata, clientId);

    public string Issuer => metadata.Issuer;

    public static async Task<Provider> FindAsync(HttpClient http, string authority, string clientId, CancellationToken ct)
    {
        var address = new Uri($"{authority.TrimEnd('/')}/.well-known/openid-configuration");
        if (address.Scheme != Uri.UriSchemeHttps && !address.IsLoopback) throw new SignInFailedException("Authority must be an https address.");

        var metadata = await http.GetFromJsonAsync<Metadata>(address, ct);
        // RFC 8414 3.3: metadata of another issuer may come from an attacker.
        return metadata?.Issuer.TrimEnd('/') == authority.TrimEnd('/')
            ? new Provider(http, metadata, clientId)
            : throw new SignInFailedException($"{address} is not the metadata of {authority}");
    }

    #region docs_authorize
    public Uri AuthorizationUrl(string redirectUri, string scope, SignInSecrets secrets) =>
        new(QueryHelpers.AddQueryString(metadata.AuthorizationEndpoint, new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = clientId,
            ["redirect_uri"] = redirectUri,
            ["scope"] = scope,
            ["state"] = secrets.State,
            ["nonce"] = secrets.Nonce,
            ["code_challenge"] = secrets.Challenge,
            ["code_challenge_method"] = "S256",
        }));
    #endregion

    #region docs_redeem
    public async Task<Session> RedeemAsync(string code, string redirectUri, SignInSecrets secrets, CancellationToken ct)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = clientId,
            ["code"] = code,
            ["redirect_uri"] = redirectUri,
            ["code_verifier"] = secrets.Verifier, // proves that the program that started the sign-in also ends it
        });
        using var response = await http.PostAsync(new Uri(metadata.TokenEndpoint), form, ct);
        var answer = await response.Content.ReadFromJsonAsync<TokenAnswer>(ct);
        if (answer?.AccessToken is null || answer.IdToken is null) throw new SignInFailedException($"The provider answered {answer?.Error}.");

        var claims = ReadIdentityToken(answer.IdToken, secrets.Nonce);
        return new Session(claims.Subject, answer.AccessToken);
    }

    // OpenID Connect Core 3.1.3.7. The token comes straight from the token endpoint over TLS, which stands in for its signature (item 6).
    private IdentityClaims ReadIdentityToken(string idToken, string nonce)
    {
        var claims = JsonSerializer.Deserialize<IdentityClaims>(Base64Url.DecodeFromChars(idToken.Split('.')[1]))!; // a JSON object, or it throws
        if (claims.Issuer != Issuer) throw new SignInFailedException("The identity token has another issuer.");
        if (claims.Audience != clientId) throw new SignInFailedException("The identity token is for another app.");
        if (claims.Nonce != nonce) throw new SignInFailedException("The identity token belongs to another sign-in.");
        if (DateTimeOffset.FromUnixTimeSeconds(claims.Expiry) < TimeProvider.System.GetUtcNow()) throw new SignInFailedException("The identity token has expired. Is the clock right?");
        return claims;
    }
    #endregion

    #region docs_userinfo
    public async Task<Profile> FindProfileAsync(Session session, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, metadata.UserInfoEndpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken);
        using var response = await http.SendAsync(request, ct);
        response.EnsureSuccessStatusCode();

        var profile = await response.Content.ReadFromJsonAsync<Profile>(ct);
        return profile?.Subject == session.Subject // OpenID Connect Core 5.3.4
            ? profile
            : throw new SignInFailedException("The profile belongs to somebody else.");
    }
    #endregion
}

internal sealed record Session(string Subject, string AccessToken);

internal sealed record Metadata(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("authorization_endpoint")] string AuthorizationEndpoint,
    [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: JsonPropertyName("userinfo_endpoint")] string UserInfoEndpoint);

internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("id_token")] string? IdToken,
    [property: JsonPropertyName("error")] string? Error);

internal sealed record IdentityClaims(
    [property: JsonPropertyName("iss")] string Issuer,
    [property: JsonPropertyName("aud")] string Audience,
    [property: JsonPropertyName("sub")] string Subject,
    [property: JsonPropertyName("nonce")] string? Nonce,
    [property: JsonPropertyName("exp")] long Expiry);

internal sealed record Profile(
    [property: JsonPropertyName("sub")] string Subject,
    [property: JsonPropertyName("name")] string? Name);

internal sealed class SignInFailedException(string message) : Exception(message);
