using IdP.Protocol.Clients;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Protocol.Token;

/// <summary>The URI of a registered <see cref="ICustomGrant"/>.</summary>
internal sealed record CustomGrantType(string Uri);

/// <summary>The grant types a client may be given: the built-in ones and those registered with <see cref="CustomGrantRegistration"/>.</summary>
public sealed class SupportedGrants
{
    internal SupportedGrants(IEnumerable<CustomGrantType> custom)
    {
        Custom = custom.Select(grant => grant.Uri).ToHashSet(StringComparer.Ordinal);
        All = GrantTypes.Supported.Union(Custom).ToHashSet(StringComparer.Ordinal);
    }

    public IReadOnlySet<string> All { get; }

    public IReadOnlySet<string> Custom { get; }
}

public static class CustomGrantRegistration
{
    /// <summary>Adds a grant type of your own; discovery names it from then on, and clients can be given it.</summary>
    /// <param name="grantType">An absolute URI of your own (RFC 6749 4.5), such as <c>urn:example:params:oauth:grant-type:badge</c>.</param>
    /// <exception cref="ArgumentException">It is no absolute URI, or is in use already.</exception>
    public static IServiceCollection AddCustomGrant<TGrant>(this IServiceCollection services, string grantType) where TGrant : class, ICustomGrant
    {
        if (!AbsoluteUri.TryParse(grantType, out _) || grantType.Length > 200) throw new ArgumentException($"\"{grantType}\" is no absolute URI, which the grant type of an extension must be (RFC 6749 4.5).", nameof(grantType));
        if (BuiltIn.Contains(grantType) || services.Any(service => service.ImplementationInstance is CustomGrantType known && known.Uri == grantType)) throw new ArgumentException($"The grant type \"{grantType}\" is in use already.", nameof(grantType));

        services.AddSingleton(new CustomGrantType(grantType));
        services.AddKeyedScoped<ICustomGrant, TGrant>(grantType);
        return services;
    }

    /// <summary>All that this provider knows, whether switched on or not.</summary>
    private static readonly HashSet<string> BuiltIn = [.. GrantTypes.Supported, GrantTypes.DeviceCode, GrantTypes.TokenExchange, GrantTypes.JwtBearer];
}
