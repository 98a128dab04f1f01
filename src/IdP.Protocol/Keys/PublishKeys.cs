using IdP.Protocol.Clients;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace IdP.Protocol.Keys;

/// <summary>
/// The JWKS (RFC 7517 5), public halves only. Algorithms that a client registered have their key from here on, so that the first token finds it in
/// the apps' caches; so has encryption to the provider, for which somebody must read the key here first.
/// </summary>
internal sealed class PublishKeys(KeyRing keys, KeyRotation rotation, Catalog catalog) : IOpenIddictServerHandler<HandleJsonWebKeySetRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleJsonWebKeySetRequestContext>()
        .UseSingletonHandler<PublishKeys>().SetOrder(OpenIddictServerHandlers.Discovery.AttachSigningKeys.Descriptor.Order).SetType(OpenIddictServerHandlerType.Custom).Build();

    public async ValueTask HandleAsync(HandleJsonWebKeySetRequestContext context)
    {
        var resources = await catalog.GetResourcesAsync(context.CancellationToken);
        foreach (var algorithm in resources.RegisteredSigningAlgorithms.Where(SigningAlgorithms.Supported.Contains).Append(KeyAlgorithms.Incoming))
            await rotation.CurrentAsync(algorithm, context.CancellationToken);
        context.Keys.AddRange(keys.Published.Select(Describe));
    }

    private static JsonWebKey Describe(KeyMaterial key)
    {
        var published = new JsonWebKey { Kid = key.Row.Id, Alg = key.Row.Algorithm, Use = key.Signing is null ? JsonWebKeyUseNames.Enc : JsonWebKeyUseNames.Sig };
        switch (key.Key)
        {
            case RsaSecurityKey { Rsa: { } rsa }:
                var rsaParameters = rsa.ExportParameters(includePrivateParameters: false);
                published.Kty = JsonWebAlgorithmsKeyTypes.RSA;
                (published.N, published.E) = (Base64UrlEncoder.Encode(rsaParameters.Modulus), Base64UrlEncoder.Encode(rsaParameters.Exponent));
                return published;
            case ECDsaSecurityKey { ECDsa: var ec }:
                var point = ec.ExportParameters(includePrivateParameters: false).Q;
                published.Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve;
                published.Crv = key.Row.Algorithm switch
                {
                    SigningAlgorithms.ES256 => JsonWebKeyECTypes.P256,
                    SigningAlgorithms.ES384 => JsonWebKeyECTypes.P384,
                    _ => JsonWebKeyECTypes.P521,
                };
                (published.X, published.Y) = (Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y));
                return published;
            default:
                throw new InvalidOperationException($"The key {key.Row.Id} has no public half.");
        }
    }
}
