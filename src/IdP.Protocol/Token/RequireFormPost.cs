using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>
/// The endpoints that programs call take a form by POST alone (RFC 6749 3.2, RFC 7009 2.1, RFC 7662 2.1, RFC 9126 2.3): in an address, credentials and
/// tokens would end up in logs. Those that browsers visit take GET too (OpenID Connect Core 3.1.2.1). The engine refuses with 400, or takes GET; the status that says what is wrong is 405 or 415.
/// </summary>
internal sealed class RequireFormPost : IOpenIddictServerHandler<ProcessRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessRequestContext>()
        .UseSingletonHandler<RequireFormPost>().SetOrder(OpenIddictServerHandlers.InferEndpointType.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is not { } http) return default;

        var isForBrowsers = context.EndpointType is OpenIddictServerEndpointType.Authorization or OpenIddictServerEndpointType.EndSession;
        if (!isForBrowsers && !ProgramEndpoints.Contains(context.EndpointType)) return default;
        if (isForBrowsers && HttpMethods.IsGet(http.Method)) return default;
        if (!HttpMethods.IsPost(http.Method))
        {
            http.HttpContext.Response.Headers.Allow = isForBrowsers ? "GET, POST" : "POST";
            Refuse(context, http, StatusCodes.Status405MethodNotAllowed, $"This endpoint takes {(isForBrowsers ? "GET and POST" : "POST")} only.");
        }
        else if (!http.HasFormContentType)
        {
            Refuse(context, http, StatusCodes.Status415UnsupportedMediaType, "This endpoint takes application/x-www-form-urlencoded only.");
        }
        return default;
    }

    private static void Refuse(ProcessRequestContext context, HttpRequest http, int status, string description)
    {
        // The engine sets its own status when it writes the answer.
        http.HttpContext.Response.OnStarting(() =>
        {
            http.HttpContext.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        context.Reject(Errors.InvalidRequest, description);
    }
}
