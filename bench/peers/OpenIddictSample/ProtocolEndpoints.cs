using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace OpenIddictSample;

internal static class ProtocolEndpoints
{
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void MapProtocol(this WebApplication app)
    {
        app.MapGet("/connect/authorize", AuthorizeAsync);
        app.MapPost("/connect/token", TokenAsync).DisableAntiforgery();
        app.MapGet("/connect/userinfo", UserInfoAsync);
    }

    private static async Task<IResult> AuthorizeAsync(HttpContext http, UserManager<IdentityUser> users, IOpenIddictScopeManager scopes)
    {
        var request = Request(http);
        var session = await http.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        if (!session.Succeeded || await users.GetUserAsync(session.Principal) is not { } user)
            return Results.Challenge(new AuthenticationProperties { RedirectUri = http.Request.PathBase + http.Request.Path + http.Request.QueryString }, [IdentityConstants.ApplicationScheme]);

        return Results.SignIn(await PrincipalAsync(user, users, scopes, request), authenticationScheme: Scheme);
    }

    private static async Task<IResult> TokenAsync(HttpContext http, UserManager<IdentityUser> users, SignInManager<IdentityUser> signIn, IOpenIddictScopeManager scopes)
    {
        var request = Request(http);
        if (request.IsClientCredentialsGrantType())
        {
            var identity = new ClaimsIdentity(Scheme, Claims.Name, Claims.Role);
            identity.SetClaim(Claims.Subject, request.ClientId);
            await SetScopesAsync(identity, request.GetScopes(), scopes);
            return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: Scheme);
        }

        var earlier = (await http.AuthenticateAsync(Scheme)).Principal!; // the engine validated the code or refresh token
        if (await users.FindByIdAsync(earlier.GetClaim(Claims.Subject) ?? "") is not { } user || !await signIn.CanSignInAsync(user)) return Results.Forbid(authenticationSchemes: [Scheme]);
        var again = new ClaimsIdentity(earlier.Claims, Scheme, Claims.Name, Claims.Role);
        Describe(again, user);
        return Results.SignIn(new ClaimsPrincipal(again), authenticationScheme: Scheme);
    }

    private static async Task<IResult> UserInfoAsync(HttpContext http, UserManager<IdentityUser> users)
    {
        var caller = await http.AuthenticateAsync(Scheme);
        if (!caller.Succeeded || await users.FindByIdAsync(caller.Principal.GetClaim(Claims.Subject) ?? "") is not { } user) return Results.Challenge(authenticationSchemes: [Scheme]);
        return Results.Json(new Dictionary<string, string?> { [Claims.Subject] = user.Id, [Claims.Name] = user.UserName, [Claims.PreferredUsername] = user.UserName });
    }

    private static async Task<ClaimsPrincipal> PrincipalAsync(IdentityUser user, UserManager<IdentityUser> users, IOpenIddictScopeManager scopes, OpenIddictRequest request)
    {
        var identity = new ClaimsIdentity(Scheme, Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, await users.GetUserIdAsync(user));
        await SetScopesAsync(identity, request.GetScopes(), scopes);
        Describe(identity, user);
        return new ClaimsPrincipal(identity);
    }

    private static async Task SetScopesAsync(ClaimsIdentity identity, IEnumerable<string> asked, IOpenIddictScopeManager scopes)
    {
        identity.SetScopes(asked);
        List<string> resources = [];
        await foreach (var resource in scopes.ListResourcesAsync(identity.GetScopes())) resources.Add(resource);
        identity.SetResources(resources);
        identity.SetDestinations(_ => [Destinations.AccessToken]);
    }

    private static void Describe(ClaimsIdentity identity, IdentityUser user)
    {
        identity.SetClaim(Claims.Name, user.UserName).SetClaim(Claims.PreferredUsername, user.UserName);
        identity.SetDestinations(claim => claim.Type is Claims.Name or Claims.PreferredUsername ? [Destinations.AccessToken, Destinations.IdentityToken] : [Destinations.AccessToken]);
    }

    private static OpenIddictRequest Request(HttpContext http) => http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("No request of the protocol.");
}
