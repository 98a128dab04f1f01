using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace NativeCli;

#region docs_secrets
/// <summary>The one-time values of one sign-in. They stay in this process; only the challenge, a hash, and state and nonce travel.</summary>
internal sealed class SignInSecrets
{
    public string State { get; } = RandomText();

    public string Nonce { get; } = RandomText();

    /// <summary>RFC 7636: 43 characters of 256 random bits.</summary>
    public string Verifier { get; } = RandomText();

    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    private static string RandomText() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
#endregion
