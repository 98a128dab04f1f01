using System.Collections.Immutable;
using System.Text;
using IdP.Protocol.Clients;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Authorize;

/// <summary>
/// The way back to the app, in the response mode that was decided: query, fragment or form (OAuth 2.0 Multiple Response Types 2.1, Form Post Response Mode).
/// Written here because the engine redirects with 302, which repeats a POST at some clients, and its form runs an inline script.
/// </summary>
internal sealed class SendAnswer(IFormPostPage page, Catalog catalog) : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyAuthorizationResponseContext>()
        .UseScopedHandler<SendAnswer>().SetOrder(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.RedirectUri is not { Length: > 0 } uri || context.Transaction.GetHttpRequest()?.HttpContext is not { } http) return;

        var fields = Fields(context.Response);
        switch (context.ResponseMode)
        {
            case ResponseModes.Query:
                SeeOther(http, QueryHelpers.AddQueryString(uri, fields.Select(field => KeyValuePair.Create(field.Key, (string?)field.Value))));
                break;
            case ResponseModes.Fragment:
                SeeOther(http, WithFragment(uri, fields)); // a registered redirect URI has none of its own (RFC 6749 3.1.2)
                break;
            case ResponseModes.FormPost:
                var client = context.Request?.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
                await page.WriteAsync(http, new FormPostAnswer(uri, client?.ClientName ?? client?.ClientId, fields));
                break;
            default:
                return;
        }
        context.HandleRequest();
    }

    private static List<KeyValuePair<string, string>> Fields(OpenIddictResponse response) =>
        [.. from parameter in response.GetParameters()
            from value in (ImmutableArray<string?>?)parameter.Value ?? []
            where !string.IsNullOrEmpty(value)
            select KeyValuePair.Create(parameter.Key, value)];

    private static string WithFragment(string uri, IEnumerable<KeyValuePair<string, string>> fields)
    {
        var location = new StringBuilder(uri);
        var separator = '#';
        foreach (var (name, value) in fields)
        {
            location.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }
        return location.ToString();
    }

    private static void SeeOther(HttpContext http, string location)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = location;
    }
}
