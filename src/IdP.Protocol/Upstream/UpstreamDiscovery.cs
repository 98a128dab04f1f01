using IdP.Protocol.Clients;
using IdP.Protocol.Outbound;
using Microsoft.Extensions.Logging;

namespace IdP.Protocol.Upstream;

/// <summary>The metadata of other providers, kept as long as they say.</summary>
internal sealed class UpstreamDiscovery(OutboundHttp http, TimeProvider clock, ILogger<UpstreamDiscovery> logger) : PublishedDocuments<UpstreamMetadata>(http, clock)
{
    /// <summary>Somebody who sets a provider up tries again soon.</summary>
    protected override TimeSpan RetryInterval => TimeSpan.FromSeconds(5);

    /// <summary>Null when the issuer publishes nothing usable, or speaks for another name (OpenID Connect Discovery 1.0, 4.3).</summary>
    public async ValueTask<UpstreamMetadata?> FindAsync(string issuer, CancellationToken ct) =>
        await GetAsync(issuer.TrimEnd('/') + "/.well-known/openid-configuration", renew: false, ct) is { } metadata && metadata.Issuer == issuer ? metadata : null;

    protected override UpstreamMetadata? Read(OutboundAnswer answer) => answer.IsJson ? UpstreamMetadata.Read(answer.Body!) : null; // JSON has a body

    protected override void NoteFailure(string host, OutboundAnswer answer) => Log.MetadataNotFetched(logger, host, answer.Body is null ? answer.Summary : "no provider metadata");
}

/// <summary>The keys that other providers sign with: asked for again when one is unknown, a minute after the last time at the earliest.</summary>
internal sealed class UpstreamKeys(OutboundHttp http, TimeProvider clock, ILogger<PublishedKeys> logger) : PublishedKeys(http, clock, logger)
{
    protected override TimeSpan RenewInterval => TimeSpan.FromMinutes(1);

    protected override TimeSpan RetryInterval => TimeSpan.FromSeconds(10);

    /// <summary>Whether a key published at the address made the signature.</summary>
    public async ValueTask<bool> HaveSignedAsync(string jwksUri, Assertion token, CancellationToken ct)
    {
        var fitting = KeyFit.ForVerification(await GetAsync(jwksUri, renew: false, ct) ?? [], token.KeyId, token.Algorithm);
        if (fitting.Any(key => AssertionSignature.IsMadeWith(token, key))) return true;
        if (token.KeyId is not null && fitting.Any(key => key.Kid == token.KeyId)) return false;
        // OpenID Connect Core 10.1.1: an unknown kid means that the keys were rotated.
        return KeyFit.ForVerification(await GetAsync(jwksUri, renew: true, ct) ?? [], token.KeyId, token.Algorithm).Any(key => AssertionSignature.IsMadeWith(token, key));
    }
}
