using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace IdP.Protocol.Clients;

/// <summary>The engine's client questions that we answer by our own rules: several expiring secrets, exact redirect URIs.</summary>
internal sealed class ClientManager(
    IOpenIddictApplicationCache<Client> cache, ILogger<OpenIddictApplicationManager<Client>> logger, IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<Client> store, VerifiedSecrets verified, TimeProvider clock)
    : OpenIddictApplicationManager<Client>(cache, logger, options, store)
{
    public override ValueTask<bool> ValidateClientSecretAsync(Client application, string secret, CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow();
        var matches = false;
        foreach (var candidate in application.ClientSecrets)
            matches |= candidate.IsValidAt(now) && verified.Verify(candidate.Hash, secret);
        return new(matches);
    }

    public override ValueTask<bool> ValidateRedirectUriAsync(Client application, string uri, CancellationToken cancellationToken = default) =>
        new(RedirectUris.IsRegistered(application, uri));

    public override ValueTask<bool> ValidatePostLogoutRedirectUriAsync(Client application, string uri, CancellationToken cancellationToken = default) =>
        new(RedirectUris.IsRegisteredAfterLogout(application, uri));
}

/// <summary>Exact comparison of redirect URIs (RFC 9700 2.1).</summary>
public static partial class RedirectUris
{
    /// <summary>Byte for byte equal to a registered one; a public client's literal loopback address may come with another port (RFC 8252 7.3).</summary>
    public static bool IsRegistered(Client client, string uri) => IsOneOf(client.RedirectUris, client, uri);

    /// <summary>The same rule: a native app waits for the end of the logout on the port it got, as it did for the sign-in.</summary>
    public static bool IsRegisteredAfterLogout(Client client, string uri) => IsOneOf(client.PostLogoutRedirectUris, client, uri);

    private static bool IsOneOf(List<string> uris, Client client, string uri)
    {
        foreach (var registered in uris)
            if (string.Equals(registered, uri, StringComparison.Ordinal) || (client.IsPublic && IsSameLoopback(registered, uri)))
                return true;
        return false;
    }

    // The texts before and after the port are compared as they are written, so that nothing but the port can differ: no user info, escapes or dot segments.
    private static bool IsSameLoopback(string registered, string uri) =>
        Loopback().Match(registered) is { Success: true } expected && IPAddress.TryParse(expected.Groups["host"].Value, out _)
        && Loopback().Match(uri) is { Success: true } actual && int.TryParse(actual.Groups["port"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port < 65536
        && actual.Groups["host"].Value == expected.Groups["host"].Value && actual.Groups["rest"].Value == expected.Groups["rest"].Value;

    [GeneratedRegex(@"\Ahttp://(?<host>127(?:\.[0-9]{1,3}){3}|\[::1\])(?::(?<port>[1-9][0-9]{0,4}))?(?<rest>(?:[/?].*)?)\z", RegexOptions.Singleline)]
    private static partial Regex Loopback();
}

/// <summary>Remembers for a while that a slow hash was verified, so that an app with a chosen secret does not pay PBKDF2 at every request.</summary>
internal sealed class VerifiedSecrets
{
    private const int Capacity = 10_000;
    private readonly ConcurrentDictionary<string, byte[]> _verified = new(StringComparer.Ordinal);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public bool Verify(string hash, string secret)
    {
        if (secret.Length > 1000) return false;
        if (!SecretHasher.IsSlow(hash)) return SecretHasher.Verify(hash, secret);

        // Keyed with a secret of this process: the memory never holds anything that can be tested offline without it.
        var digest = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(hash + "\n" + secret));
        if (_verified.TryGetValue(hash, out var known) && CryptographicOperations.FixedTimeEquals(known, digest)) return true;
        if (!SecretHasher.Verify(hash, secret)) return false;
        if (_verified.Count >= Capacity) _verified.Clear();
        _verified[hash] = digest;
        return true;
    }
}
