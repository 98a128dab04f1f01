using IdP.Federation;

namespace IdP.UI.SignIn;

/// <summary>An upstream provider as offered on the sign-in pages: with a form or, when <paramref name="Link"/> is there, with a link.</summary>
public sealed record UpstreamButton(string Name, string DisplayName, string? Link)
{
    /// <summary>A form that ends at an address its page does not know is stopped by browsers (form-action); so a provider that was added at run time has a link.</summary>
    internal static UpstreamButton Of(Upstream upstream, string returnUrl, string? ticket = null) =>
        new(upstream.Name, upstream.DisplayName, upstream.Provider is null ? null : UpstreamEndpoints.StartUrl(upstream.Name, returnUrl, ticket));
}
