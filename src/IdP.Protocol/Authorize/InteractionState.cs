using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using OpenIddict.Abstractions;

namespace IdP.Protocol.Authorize;

/// <summary>
/// Remembers, sealed inside the return address, when an authorization request first arrived. Without it <c>prompt=login</c> and
/// <c>max_age=0</c> would ask for ever; in clear it could be forged; bound to the request it cannot serve another one.
/// </summary>
internal sealed class InteractionState(IDataProtectionProvider protection, TimeProvider clock)
{
    public const string Parameter = "interaction";
    public const string ConsentParameter = "consent";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private readonly IDataProtector _protector = protection.CreateProtector("IdP.Interaction");

    public DateTimeOffset StartOf(OpenIddictRequest request, string fingerprint)
    {
        var now = clock.GetUtcNow();
        if ((string?)request[Parameter] is not { } sealedState || Open(sealedState) is not [var start, var bound] || bound != fingerprint) return now;
        var startedAt = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(start, CultureInfo.InvariantCulture));
        return now - startedAt < Lifetime ? startedAt : now;
    }

    /// <summary>The same request as a local GET address.</summary>
    public string ReturnUrl(OpenIddictRequest request, string path, DateTimeOffset startedAt, string fingerprint)
    {
        var query = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in request.GetParameters())
        {
            if (name is Parameter or ConsentParameter || (string?)value is not { } text) continue;
            query.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(text));
            separator = '&';
        }
        // Milliseconds and not less: an authentication made after this instant must not look older than it.
        var state = _protector.Protect($"{startedAt.ToUnixTimeMilliseconds()} {fingerprint}");
        return query.Append(separator).Append(Parameter).Append('=').Append(state).ToString();
    }

    /// <summary>Digest of everything in the request that a decision depends on.</summary>
    public static string Fingerprint(OpenIddictRequest request)
    {
        var text = new StringBuilder();
        // Each text behind its length: joined by separators, one parameter could be written so that it looks like two others.
        foreach (var (name, value) in request.GetParameters().OrderBy(p => p.Key, StringComparer.Ordinal))
            if (name is not (Parameter or ConsentParameter))
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
