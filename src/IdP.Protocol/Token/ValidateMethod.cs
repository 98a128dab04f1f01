using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>
/// The endpoints that programs call take a form by POST alone (RFC 6749 3.2, RFC 7009 2.1, RFC 7662 2.1, RFC 9126 2.3): in an address, credentials and
/// tokens would end up in logs. Those that browsers visit take GET too (OpenID Connect Core 3.1.2.1), metadata nothing else. The engine refuses with 400, or
/// takes what it should not; the status that says what is wrong is 405 or 415.
/// </summary>
internal sealed class ValidateMethod : IOpenIddictServerHandler<ProcessRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessRequestContext>()
        .UseSingletonHandler<ValidateMethod>().SetOrder(OpenIddictServerHandlers.InferEndpointType.Descriptor.Order + 400).SetType(OpenIddictServerHandlerType.Custom).Build();

    public ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is not { } http || AllowedAt(context.EndpointType) is not { } allowed) return default;

        if (!allowed.Split(", ").Contains(http.Method, StringComparer.OrdinalIgnoreCase))
        {
            http.HttpContext.Response.Headers.Allow = allowed;
            Refuse(context, http, StatusCodes.Status405MethodNotAllowed, $"This endpoint takes {allowed.Replace(", ", " and ", StringComparison.Ordinal)} only.");
        }
        else if (HttpMethods.IsPost(http.Method) && !http.HasFormContentType && context.EndpointType is not OpenIddictServerEndpointType.UserInfo)
        {
            Refuse(context, http, StatusCodes.Status415UnsupportedMediaType, "This endpoint takes application/x-www-form-urlencoded only.");
        }
        return default;
    }

    private static string? AllowedAt(OpenIddictServerEndpointType endpoint) => endpoint switch
    {
        OpenIddictServerEndpointType.Configuration or OpenIddictServerEndpointType.JsonWebKeySet => "GET",
        OpenIddictServerEndpointType.Authorization or OpenIddictServerEndpointType.EndSession or OpenIddictServerEndpointType.UserInfo => "GET, POST",
        _ => ProgramEndpoints.Contains(endpoint) ? "POST" : null,
    };

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
