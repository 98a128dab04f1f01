using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IdP.UI.SignIn;

/// <summary>
/// The forms of a sign-in belong to nobody yet, also in a browser where another tab has finished meanwhile: the framework ties a form's token to whoever is signed in,
/// and would refuse the one that was open before with 400. Which browser a form belongs to is told by its cookie as everywhere.
/// </summary>
public static class AnonymousForms
{
    private static readonly ClaimsPrincipal Nobody = new(new ClaimsIdentity());

    /// <summary>After the authentication and before the antiforgery tokens are looked at.</summary>
    public static IApplicationBuilder UseAnonymousForms(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<Mark>() is not null) http.User = Nobody;
        return next(http);
    });

    /// <summary>For the pages of a sign-in and their forms.</summary>
    internal static TBuilder ForAnybody<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new Mark());

    private sealed class Mark;
}
