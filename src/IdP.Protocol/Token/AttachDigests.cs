using System.Security.Cryptography;
using System.Text;
using IdP.Protocol.Clients;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Token;

/// <summary>
/// Binds the ID token to what comes with it: <c>at_hash</c> and <c>c_hash</c> (OpenID Connect Core 3.1.3.6 and 3.3.2.11), and <c>s_hash</c> where the
/// ID token comes beside a code through the browser (FAPI 1.0 Advanced 5.1). The hash is that of the ID token's own algorithm; the engine takes its first key's.
/// </summary>
internal sealed class AttachDigests(Catalog catalog) : IOpenIddictServerHandler<ProcessSignInContext>
{
    private const string AccessTokenHash = "at_hash", CodeHash = "c_hash", StateHash = "s_hash";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>()
        .AddFilter<OpenIddictServerHandlerFilters.RequireIdentityTokenGenerated>()
        .UseSingletonHandler<AttachDigests>().SetOrder(OpenIddictServerHandlers.AttachTokenDigests.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        var client = context.ClientId is { } id ? await catalog.FindClientAsync(id, context.CancellationToken) : null;
        var algorithm = client?.IdTokenSignedResponseAlg ?? SigningAlgorithms.RS256;
        Attach(AccessTokenHash, context.AccessToken);
        Attach(CodeHash, context.AuthorizationCode);
        if (context.EndpointType is OpenIddictServerEndpointType.Authorization && context.AuthorizationCode is not null) Attach(StateHash, context.Request?.State);

        void Attach(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) context.IdentityTokenPrincipal!.SetClaim(name, LeftHalf(algorithm, value));
        }
    }

    private static string LeftHalf(string algorithm, string value)
    {
        var bytes = Encoding.ASCII.GetBytes(value);
        var hash = algorithm[2..] switch
        {
            "256" => SHA256.HashData(bytes),
            "384" => SHA384.HashData(bytes),
            "512" => SHA512.HashData(bytes),
            _ => throw new InvalidOperationException($"No hash belongs to {algorithm}."),
        };
        return Base64UrlEncoder.Encode(hash, 0, hash.Length / 2);
    }
}
