using IdP.Federation.Google;
using IdP.IdentityProviders;
using Microsoft.Extensions.Options;

namespace IdP.Federation;

/// <summary>A provider of other people's identities that is switched on.</summary>
/// <param name="Key">Names it in links to accounts (<c>UserLogins.LoginProvider</c>): never that of another one.</param>
/// <param name="Name">Names it in addresses, sessions and decisions.</param>
public sealed record Upstream(string Key, string Name, string DisplayName, bool AllowNewUsers)
{
    /// <summary>Where a button's form ends, for a provider that is known from the settings; the others are reached by a link.</summary>
    public string? AuthorizationEndpoint { get; init; }

    /// <summary>Domains that the provider itself vouches for (<c>hd</c>); empty admits everybody.</summary>
    public IReadOnlyList<string> HostedDomains { get; init; } = [];

    /// <summary>A provider that was added at run time; null for one from the settings.</summary>
    public KnownProvider? Provider { get; init; }

    /// <summary>Whether the sign-in pages offer people of its organizations' domains nothing else.</summary>
    public bool IsOnlyWay => Provider is { Row.OnlyWay: true };

    internal bool Admits(ExternalIdentity identity) => HostedDomains.Count == 0 || HostedDomains.Contains(identity.HostedDomain ?? "", StringComparer.OrdinalIgnoreCase);
}

/// <summary>The one place that knows the upstream providers: Google from the settings, and those that were added at run time.</summary>
public sealed class Upstreams(IOptions<GoogleSignInOptions> google, ProviderCatalog providers)
{
    private readonly Upstream? _google = google.Value.IsOn
        ? new(GoogleModule.Name, GoogleModule.Name, "Google", google.Value.AllowNewUsers) { AuthorizationEndpoint = google.Value.AuthorizationEndpoint, HostedDomains = google.Value.AllowedDomains }
        : null;

    /// <summary>By the name in an address.</summary>
    public async ValueTask<Upstream?> FindAsync(string? name, CancellationToken ct)
    {
        if (name == GoogleModule.Name) return _google;
        return name is not null && await providers.FindAsync(name, ct) is { } known ? Of(known) : null;
    }

    /// <summary>By what links are stored with.</summary>
    public async ValueTask<Upstream?> FindByKeyAsync(string? key, CancellationToken ct)
    {
        if (key == GoogleModule.Name) return _google;
        return key is not null && await providers.FindByKeyAsync(key, ct) is { } known ? Of(known) : null;
    }

    /// <summary>Those that pages offer to everybody: a few, however many there are.</summary>
    public async ValueTask<IReadOnlyList<Upstream>> ShownAsync(CancellationToken ct)
    {
        var shown = (await providers.ShownAsync(ct)).Select(Of);
        return _google is null ? [.. shown] : [_google, .. shown];
    }

    /// <summary>Those to which a typed name leads: the providers of the organization that has proved the domain of the address its own. Whether anybody has the address plays no part.</summary>
    public async ValueTask<IReadOnlyList<Upstream>> OfNameAsync(string userName, CancellationToken ct) =>
        MailDomain.Read(userName) is { } address ? [.. (await providers.OfDomainAsync(address.Domain, ct)).Select(Of)] : [];

    private static Upstream Of(KnownProvider known) => new(known.Row.LinkKey, known.Row.Name, known.Row.DisplayName, known.Row.AllowNewUsers) { Provider = known };
}
