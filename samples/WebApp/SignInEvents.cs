using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace WebApp;

internal sealed class SignInEvents(ILogger<SignInEvents> logger) : OpenIdConnectEvents
{
    #region docs_sign-in-failed
    // The person pressed "Deny", used an old tab, or the provider refused: say so on a page instead of failing with an exception.
    public override Task RemoteFailure(RemoteFailureContext context)
    {
        Log.SignInFailed(logger, context.Failure?.GetBaseException().Message.Split('\n')[0]);
        context.Response.Redirect("/?problem=sign-in");
        context.HandleResponse();
        return Task.CompletedTask;
    }
    #endregion
}
