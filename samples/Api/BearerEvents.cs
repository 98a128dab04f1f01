using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace Api;

/// <summary>Tells the caller and the operator, in one line each, why a token was not accepted.</summary>
internal sealed class BearerEvents(ILogger<BearerEvents> logger) : JwtBearerEvents
{
    public override Task AuthenticationFailed(AuthenticationFailedContext context)
    {
        Log.TokenRefused(logger, context.Exception.Message.Split('\n')[0]);
        return Task.CompletedTask;
    }

    public override async Task Challenge(JwtBearerChallengeContext context)
    {
        // Without the provider's keys nobody can say that the token is bad, so the caller must not throw it away.
        if (context.AuthenticateFailure is null) return;
        if (await ProviderCheck.FindErrorAsync(context.Options, context.HttpContext.RequestAborted) is not { } error) return;

        Log.ProviderUnreachable(logger, context.Options.Authority, error);
        context.HandleResponse();
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "5";
    }

    public override Task Forbidden(ForbiddenContext context)
    {
        // RFC 6750 3.1: name the scope, so that the app knows what to ask for. The policies carry the scopes' names.
        var scope = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy;
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{scope}\"";
        return Task.CompletedTask;
    }
}
