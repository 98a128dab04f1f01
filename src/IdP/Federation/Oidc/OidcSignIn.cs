using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using IdP.IdentityProviders;
using IdP.Protocol.Discovery;
using IdP.Protocol.Upstream;
using IdP.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdP.Federation.Oidc;

/// <summary>What is wanted of another provider.</summary>
/// <param name="Complete">The page that goes on with the identity in its cookie.</param>
/// <param name="Prompt">Values of <c>prompt</c> that are passed on.</param>
public sealed record OidcWish(string ReturnUrl, string Complete, string? ClientId = null, string? LinkTo = null, string? LoginHint = null, IReadOnlyList<string>? Prompt = null, int? MaxAge = null);

/// <summary>The way over an OpenID Connect provider that was added at run time: out, and back with an identity in <see cref="ExternalCookie"/>. What comes of it <see cref="ExternalSignIn"/> decides.</summary>
public sealed class OidcSignIn
{
    private const int MaxCode = 4096, MaxValue = 1000, MaxError = 60;

    private readonly UpstreamFlow flow;
    private readonly OidcAttempts attempts;
    private readonly ProviderSecrets secrets;
    private readonly Upstreams upstreams;
    private readonly ExternalSignIn signIn;
    private readonly IssuerUrl issuer;
    private readonly TimeProvider clock;
    private readonly ILogger<OidcSignIn> logger;

    internal OidcSignIn(UpstreamFlow flow, OidcAttempts attempts, ProviderSecrets secrets, Upstreams upstreams, ExternalSignIn signIn, IssuerUrl issuer, TimeProvider clock, ILogger<OidcSignIn> logger) =>
        (this.flow, this.attempts, this.secrets, this.upstreams, this.signIn, this.issuer, this.clock, this.logger) = (flow, attempts, secrets, upstreams, signIn, issuer, clock, logger);

    /// <summary>Where the other provider sends people back to: an address of its own for each, so that the answer of one cannot be taken for another's (RFC 9700 4.4.2).</summary>
    public static string CallbackPath(string name) => $"/signin/upstream/{name}/callback";

    /// <summary>Where it finds the key that signs client assertions.</summary>
    public static string KeysPath(string name) => $"/signin/upstream/{name}/jwks";

    /// <returns>The address to send the browser to: at the provider, or the sign-in page when that cannot be.</returns>
    public async Task<string> BeginAsync(Upstream upstream, OidcWish wish, HttpContext http, CancellationToken ct)
    {
        if (upstream.Provider is not { Row: var row }) throw new ArgumentException("This provider was not added at run time.", nameof(upstream));
        if (wish.ReturnUrl.Length > OidcAttempts.MaxReturnUrl) return await RefuseAsync(upstream.Name, "return address too long", null, LocalUrl.Default, http, ct);
        if (ClientOf(row) is not { } client) return await RefuseAsync(upstream.Name, "secret unreadable", wish.ClientId, wish.ReturnUrl, http, ct);

        var isNew = wish.Prompt?.Contains("login") is true;
        var attempt = new OidcAttempt(upstream.Key, Random(), Random(), Random(), wish.ReturnUrl, wish.Complete, wish.ClientId, wish.LinkTo, wish.MaxAge, isNew, clock.GetUtcNow());
        List<KeyValuePair<string, string>> request =
        [
            new("scope", string.Join(' ', row.Scopes)), new("redirect_uri", issuer.Of(CallbackPath(row.Name))), new("state", attempt.State), new("nonce", attempt.Nonce),
            new("code_challenge", Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(attempt.Verifier)))), new("code_challenge_method", "S256"),
        ];
        if (wish.LoginHint is { } hint) request.Add(new("login_hint", hint));
        if (wish.Prompt is { Count: > 0 } prompt) request.Add(new("prompt", string.Join(' ', prompt)));
        if (wish.MaxAge is { } maxAge) request.Add(new("max_age", maxAge.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        if (row.AcrValues.Count > 0) request.Add(new("acr_values", string.Join(' ', row.AcrValues)));

        var answer = await flow.BeginAsync(client, request, row.UsePushedAuthorization, ct);
        if (answer.Value is not { } address) return await RefuseAsync(upstream.Name, answer.Problem ?? "", wish.ClientId, wish.ReturnUrl, http, ct);
        attempts.Keep(http, attempt);
        return address;
    }

    /// <returns>The address to go on at: with an identity in its cookie, or the sign-in page.</returns>
    public async Task<string> FinishAsync(string name, HttpContext http, CancellationToken ct)
    {
        var query = http.Request.Query;
        var isPlain = query.All(parameter => parameter.Value.Count == 1 && (parameter.Value[0] ?? "").Length <= MaxCode); // RFC 6749 3.1: no parameter twice
        var attempt = attempts.Take(http, query["state"]);
        var upstream = await upstreams.FindAsync(name, ct);
        var (providerName, returnUrl) = (upstream?.Name ?? ExternalSignIn.UnknownProvider, attempt?.ReturnUrl ?? LocalUrl.Default);
        Task<string> Refuse(string reason) => RefuseAsync(providerName, reason, attempt?.ClientId, returnUrl, http, ct);

        if (attempt is null) return await Refuse("not begun in this browser");
        // Off, gone, made anew under the same name, or another provider's answer.
        if (upstream?.Provider is not { Row: var row } || upstream.Key != attempt.Key) return await Refuse("provider");
        if (!isPlain) return await Refuse("parameters");
        if (query["error"].ToString() is { Length: > 0 } error) return await Refuse("error " + (error.Length <= MaxError && error.All(c => char.IsAsciiLetterLower(c) || c == '_') ? error : ""));
        if (query["code"].ToString() is not { Length: > 0 } code) return await Refuse("no code");
        if (ClientOf(row) is not { } client) return await Refuse("secret unreadable");

        var reply = new UpstreamReply
        {
            Code = code, Issuer = query.ContainsKey("iss") ? query["iss"].ToString() : null, RedirectUri = issuer.Of(CallbackPath(row.Name)), Verifier = attempt.Verifier, Nonce = attempt.Nonce,
            MaxAge = attempt.MaxAge, IsNewSignIn = attempt.IsNewSignIn, AskedAt = attempt.At,
        };
        var answer = await flow.RedeemAsync(client, reply, Wanted(row), ct);
        if (answer.Value is not { } person) return await Refuse(answer.Problem ?? "");
        await KeepAsync(person, row, attempt, http);
        return attempt.Complete;
    }

    /// <summary>The public key of a provider that is on and at which this one authenticates with a key; null for any other.</summary>
    public async Task<string?> PublicKeysAsync(string name, CancellationToken ct) =>
        (await upstreams.FindAsync(name, ct))?.Provider is { Row: var row } && secrets.OpenKey(row) is { } key ? key.ToPublicSet().ToJsonString() : null;

    private static List<string> Wanted(IdentityProvider row)
    {
        List<string> wanted = [row.EmailClaim, row.NameClaim];
        if (row.EmailTrust is EmailTrust.Claim) wanted.Add(row.EmailVerifiedClaim);
        return wanted;
    }

    private static async Task KeepAsync(UpstreamPerson person, IdentityProvider row, OidcAttempt attempt, HttpContext http)
    {
        var (email, isVerified) = person.Email(row.EmailClaim, row.EmailVerifiedClaim);
        var identity = new ClaimsIdentity(row.LinkKey);
        void Add(string type, string? value)
        {
            if (value is { Length: > 0 and <= MaxValue }) identity.AddClaim(new Claim(type, value));
        }
        Add("sub", person.Subject);
        Add("email", email);
        Add("email_verified", row.EmailTrust is EmailTrust.Always || row.EmailTrust is EmailTrust.Claim && isVerified ? "true" : null);
        Add("name", person.Text(row.NameClaim));
        Add("given_name", person.Text(row.GivenNameClaim));
        Add("family_name", person.Text(row.FamilyNameClaim));

        var properties = new AuthenticationProperties();
        properties.Items[ExternalCookie.ProviderItem] = row.LinkKey;
        properties.Items[ExternalCookie.IdItem] = attempt.State; // an attempt is worth one sign-in, however often its answer is brought
        properties.Items[ExternalCookie.ReturnUrlItem] = attempt.ReturnUrl;
        properties.Items[ExternalCookie.ClientItem] = attempt.ClientId;
        properties.Items[ExternalCookie.LinkItem] = attempt.LinkTo;
        await http.SignInAsync(ExternalCookie.SchemeName, new ClaimsPrincipal(identity), properties);
    }

    /// <summary>Null when the secret or the key cannot be read any more.</summary>
    private UpstreamClient? ClientOf(IdentityProvider row)
    {
        var client = new UpstreamClient { Issuer = row.Issuer, ClientId = row.ClientId, AuthenticationMethod = row.TokenEndpointAuthMethod, Secret = secrets.Open(row), Key = secrets.OpenKey(row) };
        return row.ProtectedSecret is not null && client.Secret is null || row.ProtectedKey is not null && client.Key is null ? null : client;
    }

    /// <summary>The person is told that it did not work, and a number to ask about it; the log and the decision know more.</summary>
    private async Task<string> RefuseAsync(string provider, string reason, string? clientId, string returnUrl, HttpContext http, CancellationToken ct)
    {
        var traceId = Activity.Current?.TraceId.ToString() ?? "";
        Log.UpstreamRefused(logger, provider, reason, traceId);
        await signIn.RecordRefusalAsync(provider, clientId, http, ct);
        return $"/signin?upstream=refused&trace={traceId}&returnUrl={Uri.EscapeDataString(returnUrl)}";
    }

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
