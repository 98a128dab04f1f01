using System.Globalization;
using System.Security.Claims;
using IdP.Http;
using IdP.SignIn;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IdP.Federation;

/// <summary>The sealed, short-lived cookie that holds an external identity between the provider's answer and the session: no other browser has it.</summary>
public static class ExternalCookie
{
    public const string SchemeName = "External";
    public const string ReturnUrlItem = "returnUrl";
    public const string ClientItem = "clientId";
    public const string LinkItem = "linkTo";
    internal const string IdItem = "id";
    private const string ProofItem = "proofOf";
    internal const string ProviderItem = ".AuthScheme"; // written by the framework's handler
    private const int MaxSubjectLength = 255; // OpenID Connect Core 2; the table's key has one more
    internal static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    internal static IServiceCollection AddExternalCookie(this IServiceCollection services)
    {
        services.AddAuthentication().AddCookie(SchemeName);
        services.AddOptions<CookieAuthenticationOptions>(SchemeName).Configure<IConfiguration>((options, configuration) =>
        {
            HostCookie.Protect(options.Cookie, "idp.external", configuration);
            options.ExpireTimeSpan = Lifetime;
            options.SlidingExpiration = false;
        });
        return services;
    }

    public static async Task<ExternalIdentity?> ReadAsync(HttpContext http)
    {
        var ticket = (await http.AuthenticateAsync(SchemeName)).Ticket;
        if (ticket?.Principal.FindFirstValue("sub") is not { Length: > 0 and <= MaxSubjectLength } subject) return null;
        if (Item(ticket, IdItem) is not { } id || Item(ticket, ProviderItem) is not { } provider) return null;

        string? claim(string type) => ticket.Principal.FindFirstValue(type) is { Length: > 0 } value ? value : null;
        return new(
            id, provider, subject, claim("email"), claim("email_verified") == "true", claim("name"), claim("given_name"), claim("family_name"), claim("hd"),
            LocalUrl.OrDefault(Item(ticket, ReturnUrlItem)), Item(ticket, ClientItem), Guid.TryParse(Item(ticket, ProofItem), out var user) ? user : null, Item(ticket, LinkItem));
    }

    /// <summary>Writes into the cookie which account must be proven, so that a proof cannot be turned to another one.</summary>
    internal static async Task RequireProofAsync(HttpContext http, Guid userId)
    {
        var ticket = (await http.AuthenticateAsync(SchemeName)).Ticket ?? throw new InvalidOperationException("The identity was read from this cookie before.");
        ticket.Properties.Items[ProofItem] = userId.ToString("D", CultureInfo.InvariantCulture);
        await http.SignInAsync(SchemeName, ticket.Principal, ticket.Properties);
    }

    public static Task DiscardAsync(HttpContext http) => http.SignOutAsync(SchemeName);

    private static string? Item(AuthenticationTicket ticket, string name) => ticket.Properties.Items.TryGetValue(name, out var value) && value is { Length: > 0 } ? value : null;
}
