using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Authorize;

/// <summary>The engine answers an end of session with 302, after which some repeat a POST; 303 always makes it a GET (FAPI 2.0 5.3.2.2, RFC 9700 4.12).</summary>
internal sealed class SeeOtherRedirects : IOpenIddictServerHandler<ApplyEndSessionResponseContext>
{
    public static OpenIddictServerHandlerDescriptor EndSession { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyEndSessionResponseContext>()
        .UseSingletonHandler<SeeOtherRedirects>().SetOrder(int.MinValue + 60_000).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ApplyEndSessionResponseContext context) => Correct(context.Transaction.GetHttpRequest());

    private static ValueTask Correct(HttpRequest? request)
    {
        request?.HttpContext.Response.OnStarting(static state =>
        {
            if (state is HttpResponse { StatusCode: StatusCodes.Status302Found } response) response.StatusCode = StatusCodes.Status303SeeOther;
            return Task.CompletedTask;
        }, request.HttpContext.Response);
        return default;
    }
}
