using IdP.Protocol.Outbound;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace IdP.Protocol.Clients;

/// <summary>Key sets fetched from <c>jwks_uri</c>s.</summary>
internal class PublishedKeys(OutboundHttp http, TimeProvider clock, ILogger<PublishedKeys> logger) : PublishedDocuments<IReadOnlyList<JsonWebKey>>(http, clock)
{
    protected override IReadOnlyList<JsonWebKey>? Read(OutboundAnswer answer) => answer.Body is { } body ? PublicKeySet.Usable(body) : null;

    protected override void NoteFailure(string host, OutboundAnswer answer) => Log.KeysNotFetched(logger, host, answer.Body is null ? answer.Summary : "no JWK set");
}
