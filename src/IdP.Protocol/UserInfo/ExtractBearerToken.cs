using IdP.Protocol.Authorize;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.UserInfo;

/// <summary>
/// Where the access token may be (RFC 6750 2): the Authorization header or the form of a POST, one of them. Not in the query, which ends up in logs and
/// histories (RFC 9700 4.3.2). A POST that has the token in its header needs no form (OpenID Connect Core 5.3.1).
/// </summary>
internal sealed class ExtractBearerToken : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    private const string Scheme = "Bearer ";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ExtractUserInfoRequestContext>()
        .UseSingletonHandler<ExtractBearerToken>().SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<ExtractUserInfoRequestContext>.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest() ?? throw new InvalidOperationException("Not an HTTP request.");
        var isPost = HttpMethods.IsPost(http.Method);
        if (!isPost && !HttpMethods.IsGet(http.Method))
        {
            context.Reject(Errors.InvalidRequest, "The userinfo endpoint takes GET and POST.");
            return;
        }
        if (isPost && !http.HasFormContentType && http.ContentLength is not (null or 0))
        {
            context.Reject(Errors.InvalidRequest, "The body of a POST is a form (application/x-www-form-urlencoded).");
            return;
        }
        var form = isPost && http.HasFormContentType ? await http.ReadFormAsync(context.CancellationToken) : FormCollection.Empty;
        if (ValidateParameters.RepeatedParameter(http) is not null || http.Headers.Authorization.Count > 1)
        {
            context.Reject(Errors.InvalidRequest, "A parameter was sent more than once.");
            return;
        }
        if (http.Query.ContainsKey(Parameters.AccessToken))
        {
            context.Reject(Errors.InvalidRequest, "The access token must not be in the query: send it in the Authorization header.");
            return;
        }

        var header = http.Headers.Authorization.ToString() is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : null;
        var inForm = form[Parameters.AccessToken].ToString();
        if (header is not null && inForm.Length > 0)
        {
            context.Reject(Errors.InvalidRequest, "The access token was sent twice: in the header and in the form (RFC 6750 2).");
            return;
        }
        context.Request = new OpenIddictRequest { AccessToken = header ?? (inForm.Length > 0 ? inForm : null) };
    }
}
