using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace IdP.Protocol.Tests.Authorize;

/// <summary>What tests of tokens from the authorization endpoint share.</summary>
public abstract class FrontChannelTest(DatabaseKind database) : ServerTest(database)
{
    protected override ServerSettings Settings => base.Settings with { Configuration = TestConfiguration.With(OlderClients.Configuration) };

    /// <summary>The changes that make a request one of this response type, without a code challenge where no code is asked for.</summary>
    protected static List<KeyValuePair<string, string?>> Asking(string? responseType, params (string Name, string? Value)[] more)
    {
        var changes = new List<KeyValuePair<string, string?>> { new("response_type", responseType) };
        if (responseType?.Split(' ').Contains("code") != true) changes.AddRange([new("code_challenge", null), new("code_challenge_method", null)]);
        changes.AddRange(more.Select(change => KeyValuePair.Create(change.Name, change.Value)));
        return changes;
    }

    /// <summary>OpenID Connect Core 3.2.2.9 and 3.3.2.10: the left half of the hash, for a signature with SHA-256.</summary>
    protected static string HalfHash(string token) => WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(token)).AsSpan(0, 16));
}
