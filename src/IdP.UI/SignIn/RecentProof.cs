using IdP.Credentials;
using IdP.Data;
using IdP.Protocol.Authorize;
using IdP.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdP.UI.SignIn;

/// <summary>A session that somebody left open must not be enough for what gives somebody access: the person shows again who they are, with a factor if they have one.</summary>
internal static class RecentProof
{
    /// <param name="pageOf">The page that a form goes back to once that is done; a page goes back to itself.</param>
    public static TBuilder RequireRecentProof<TBuilder>(this TBuilder endpoints, Func<HttpContext, string> pageOf) where TBuilder : IEndpointConventionBuilder => endpoints.AddEndpointFilter(async (context, next) =>
    {
        var (http, services) = (context.HttpContext, context.HttpContext.RequestServices);
        var (person, window) = (SignedInPerson.From(http.User)!, services.GetRequiredService<IOptions<Sessions.SessionOptions>>().Value.ReauthenticationWindow); // it stands behind the authorization
        var target = HttpMethods.IsGet(http.Request.Method) ? http.Request.Path + http.Request.QueryString.ToString() : pageOf(http);
        if (person.AuthenticatedAt <= services.GetRequiredService<TimeProvider>().GetUtcNow() - window)
            return SeeOther.To(SignInEndpoints.PasswordUrl(services.GetRequiredService<UserNameTicket>(), person.UserName, target));
        // Nor is the password of a remembered browser, or a session from before there was a factor.
        if (!person.AuthenticationMethods.Contains("mfa") && (await services.GetRequiredService<IdpDbContext>().FactorsOfAsync(person.UserId, http.RequestAborted)).Any)
            return SeeOther.To(FactorEndpoints.StepUpUrl(target));
        return await next(context);
    });
}
