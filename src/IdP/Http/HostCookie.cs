using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace IdP.Http;

/// <summary>How the framework's own cookies are kept to this host (RFC 6265bis 4.1.3.2).</summary>
public static class HostCookie
{
    /// <summary>The <c>__Host-</c> prefix keeps sibling sub-domains from planting one; plain http exists only on a developer's loopback.</summary>
    public static void Protect(CookieBuilder cookie, string name, IConfiguration configuration)
    {
        var secure = configuration["Issuer"]?.StartsWith("https:", StringComparison.OrdinalIgnoreCase) == true;
        cookie.Name = secure ? "__Host-" + name : name;
        cookie.SecurePolicy = secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
        cookie.SameSite = SameSiteMode.Lax;
        cookie.HttpOnly = true;
        cookie.IsEssential = true;
        cookie.Path = "/";
    }
}
