using System.Text.Json;
using System.Text.Json.Nodes;
using IdP.Protocol.Clients;
using Microsoft.IdentityModel.JsonWebTokens;

namespace IdP.Protocol.Keys;

/// <summary>Answers as JWTs: signed with a key of ours, encrypted to a key of whoever asked.</summary>
internal sealed class AnswerJwts(KeyRotation rotation, ClientKeys keys)
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <param name="type">The <c>typ</c> header, such as <c>token-introspection+jwt</c>; null for plain <c>JWT</c>.</param>
    public async ValueTask<string> SignAsync(JsonObject payload, string algorithm, string? type, CancellationToken ct)
    {
        var credentials = (await rotation.CurrentAsync(algorithm, ct)).Signing;
        return type is null
            ? Handler.CreateToken(payload.ToJsonString(JsonSerializerOptions.Web), credentials)
            : Handler.CreateToken(payload.ToJsonString(JsonSerializerOptions.Web), credentials, new Dictionary<string, object> { [JwtHeaderParameterNames.Typ] = type });
    }

    /// <param name="isSigned">Whether the text is a signed JWT, which is told by <c>cty</c>.</param>
    /// <returns>Null when the receiver's key set has no key for the algorithm.</returns>
    public async ValueTask<string?> EncryptAsync(string text, KeySource receiver, string algorithm, string? content, bool isSigned, CancellationToken ct) =>
        await keys.FindEncryptionKeyAsync(receiver, algorithm, ct) is { } key
            ? Jwe.Encrypt(text, key, algorithm, content ?? EncryptionAlgorithms.DefaultContent, isSigned ? JwtConstants.HeaderType : null)
            : null;
}
