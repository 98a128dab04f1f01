using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdP.Http;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace IdP.Federation.Oidc;

/// <summary>The cookies of attempts: one each, so that several tabs can be on the way, for a quarter of an hour.</summary>
internal sealed class OidcAttempts
{
    /// <summary>Longer ones would make requests that web servers refuse.</summary>
    public const int MaxReturnUrl = 6000;

    private const int NameLength = 16, MaxHeld = 9000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);
    private readonly CookieBuilder builder = new() { MaxAge = Lifetime };
    private readonly ChunkingCookieManager cookies = new();
    private readonly ITimeLimitedDataProtector protector;
    private readonly TimeProvider clock;

    public OidcAttempts(IDataProtectionProvider protection, IConfiguration configuration, TimeProvider clock)
    {
        HostCookie.Protect(builder, "idp.upstream.", configuration);
        protector = protection.CreateProtector("IdP.Federation.Oidc.Attempt").ToTimeLimitedDataProtector();
        this.clock = clock;
    }

    public void Keep(HttpContext http, OidcAttempt attempt)
    {
        // Attempts that were given up fill the request's headers until they expire.
        var held = http.Request.Cookies.Where(cookie => cookie.Key.StartsWith(builder.Name!, StringComparison.Ordinal)).ToList(); // named above
        if (held.Sum(cookie => cookie.Value.Length) > MaxHeld)
            foreach (var (name, _) in held) http.Response.Cookies.Delete(name, Expired(http));
        cookies.AppendResponseCookie(http, NameOf(attempt.State), protector.Protect(JsonSerializer.Serialize(attempt), clock.GetUtcNow() + Lifetime), Options(http));
    }

    /// <summary>The attempt that an answer belongs to, once; null when this browser did not begin it, or too long ago.</summary>
    public OidcAttempt? Take(HttpContext http, string? state)
    {
        if (state is not { Length: > NameLength and <= 100 } || !Base64Url.IsValid(state)) return null;
        if (cookies.GetRequestCookie(http, NameOf(state)) is not { } sealedText) return null;
        cookies.DeleteCookie(http, NameOf(state), Expired(http));
        try
        {
            var attempt = JsonSerializer.Deserialize<OidcAttempt>(protector.Unprotect(sealedText, out var expires));
            return attempt is not null && expires > clock.GetUtcNow() && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(attempt.State), Encoding.ASCII.GetBytes(state)) ? attempt : null;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            return null;
        }
    }

    private string NameOf(string state) => builder.Name + state[..NameLength];

    private CookieOptions Options(HttpContext http) => builder.Build(http, clock.GetUtcNow());

    /// <summary>An age would win over the date in the past by which the framework deletes (RFC 6265 5.3).</summary>
    private CookieOptions Expired(HttpContext http)
    {
        var options = Options(http);
        options.MaxAge = null;
        return options;
    }
}
