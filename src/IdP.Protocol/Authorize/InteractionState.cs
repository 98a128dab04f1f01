using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Par;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace IdP.Protocol.Authorize;

/// <summary>
/// Remembers, sealed inside the return address, when an authorization request first arrived. Without it <c>prompt=login</c> and
/// <c>max_age=0</c> would ask for ever; in clear it could be forged; bound to the request it cannot serve another one.
/// </summary>
internal sealed class InteractionState(IDataProtectionProvider protection, TimeProvider clock)
{
    public const string Parameter = "interaction";
    public const string ConsentParameter = "consent";

    /// <summary>Sent by the page that has told the person why the app is not theirs to use: whoever sends it gets a refusal they would have had, and nothing else.</summary>
    public const string RefusalParameter = "refusal";

    /// <summary>How long a person may take with the pages of one request.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly IDataProtector _protector = protection.CreateProtector("IdP.Interaction");

    public DateTimeOffset StartOf(HttpRequest http, string fingerprint) => KnownStart(http, fingerprint) ?? clock.GetUtcNow();

    /// <summary>When the request first arrived, if the browser brings it back from one of our pages; null otherwise. Read from the address itself: a pushed request has no place for it.</summary>
    public DateTimeOffset? KnownStart(HttpRequest? http, string fingerprint)
    {
        if (http?.Query[Parameter] is not [{ } sealedState] || Open(sealedState) is not [var start, var bound, ..] || bound != fingerprint) return null;
        var startedAt = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(start, CultureInfo.InvariantCulture));
        return clock.GetUtcNow() - startedAt < Lifetime ? startedAt : null;
    }

    /// <summary>The session that a page let the person choose for this request; null when none did.</summary>
    public Guid? ChosenOf(HttpRequest http, string fingerprint) =>
        http.Query[Parameter] is [{ } sealedState] && Open(sealedState) is [_, var bound, var session] && bound == fingerprint && Guid.TryParse(session, out var id) ? id : null;

    /// <summary>The same return address, which says now which session was chosen; unchanged when it is none of ours.</summary>
    public string Choose(string returnUrl, Guid session)
    {
        const string name = "&" + Parameter + "=";
        var at = returnUrl.LastIndexOf(name, StringComparison.Ordinal);
        if (at < 0) return returnUrl;
        var end = returnUrl.IndexOf('&', at + 1) is var next and > 0 ? next : returnUrl.Length;
        if (Open(Uri.UnescapeDataString(returnUrl[(at + name.Length)..end])) is not [var start, var bound, ..]) return returnUrl;
        return returnUrl[..at] + name + _protector.Protect($"{start} {bound} {session:N}") + returnUrl[end..];
    }

    /// <summary>The same request as a local GET address; of a pushed one only its reference, for its content never was in the browser.</summary>
    public string ReturnUrl(OpenIddictRequest request, string path, DateTimeOffset startedAt, string fingerprint, Guid? chosen = null)
    {
        var query = new StringBuilder(path);
        var separator = '?';
        var isPushed = PushedRequests.Names(request.RequestUri);
        foreach (var (name, value) in request.GetParameters())
        {
            if (name is Parameter or ConsentParameter or RefusalParameter || (isPushed && name is not (Parameters.ClientId or Parameters.RequestUri))) continue;
            foreach (var text in ((ImmutableArray<string?>?)value ?? []).OfType<string>())
            {
                query.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(text));
                separator = '&';
            }
        }
        return query.Append(separator).Append(Parameter).Append('=').Append(Seal(startedAt, fingerprint, chosen)).ToString();
    }

    // Milliseconds and not less: an authentication made after this instant must not look older than it.
    internal string Seal(DateTimeOffset startedAt, string fingerprint, Guid? chosen = null) => _protector.Protect($"{startedAt.ToUnixTimeMilliseconds()} {fingerprint}{(chosen is null ? "" : $" {chosen:N}")}");

    /// <summary>Digest of everything in the request that a decision depends on.</summary>
    public static string Fingerprint(OpenIddictRequest request)
    {
        var text = new StringBuilder();
        // Each text behind its length: joined by separators, one parameter could be written so that it looks like two others.
        foreach (var (name, value) in request.GetParameters().OrderBy(p => p.Key, StringComparer.Ordinal))
            if (name is not (Parameter or ConsentParameter or RefusalParameter))
                foreach (var part in (ImmutableArray<string?>?)value ?? [])
                    text.Append(name.Length).Append(':').Append(name).Append(part?.Length ?? -1).Append(':').Append(part);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private string[]? Open(string sealedState)
    {
        try
        {
            return _protector.Unprotect(sealedState).Split(' ');
        }
        catch (CryptographicException)
        {
            return null; // not ours, or sealed with a key that is gone: the request counts as new
        }
    }
}
