using IdP.Protocol.Authorize;
using OpenIddict.Server;
using Microsoft.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>Refuses repeated parameters (RFC 6749 3.2, but for targets: RFC 8693 2.1), NUL bytes, which no database takes, and values no token or secret has the length of.</summary>
internal sealed class ValidateForm : IOpenIddictServerHandler<ProcessRequestContext>
{
    private const int MaxLength = 32_768;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessRequestContext>()
        .UseSingletonHandler<ValidateForm>().SetOrder(OpenIddictServerHandlers.InferEndpointType.Descriptor.Order + 500).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessRequestContext context)
    {
        if (context.Transaction.GetHttpRequest() is not { } http) return;
        if (!ProgramEndpoints.Contains(context.EndpointType)) return;
        if (!http.HasFormContentType) return;

        var form = await http.ReadFormAsync(context.CancellationToken);
        if (ValidateParameters.RepeatedParameter(http) is { } repeated)
            context.Reject(Errors.InvalidRequest, $"The parameter '{(repeated.Length > 100 ? "…" : repeated)}' was sent more than once.");
        else if (form.Any(p => p.Value.Count > ValidateParameters.MaxResources))
            context.Reject(Errors.InvalidRequest, $"A parameter was sent more than {ValidateParameters.MaxResources} times.");
        else if (form.Any(p => p.Value.ToString() is var value && (value.Length > MaxLength || value.Contains('\0') || p.Key.Contains('\0'))))
            context.Reject(Errors.InvalidRequest, "A parameter is too long or contains a NUL character.");
    }
}
