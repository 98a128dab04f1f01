using FsCheck;
using FsCheck.Fluent;
using IdP.Credentials.Passwords;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace IdP.Tests.Credentials.Passwords;

/// <summary>A hash from a file, a table or another system is text from outside: it may be wrong, it may not stop the server.</summary>
public sealed class HashPropertyTests
{
    private static readonly PasswordHasher Hasher = new(Options.Create(new PasswordHashOptions()));

    private static readonly Gen<string> Hashes = Gen.OneOf(Law.AnyText, Law.Near(
        "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=64,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
        Convert.ToBase64String(new byte[49]), V3(prf: 1, iterations: 9, salt: 16, key: 32), V3(prf: 0, iterations: 1, salt: 0, key: 16), V3(prf: 2, iterations: 9, salt: 200, key: 16), V3(prf: 9, iterations: 9, salt: 16, key: 16)));

    [Test]
    public void Whatever_text_is_stored_as_a_hash_a_sign_in_only_fails() =>
        Law.Holds(Hashes, hash => Hasher.VerifyHashedPassword(new User(), hash, "guess") is PasswordVerificationResult.Failed, runs: 5000);

    [Test]
    public void An_imported_hash_that_passes_the_check_is_one_that_the_hasher_takes() =>
        Law.Holds(from format in Gen.Elements(ImportedHash.Formats.ToArray()) from hash in Hashes select (format, hash),
            h => ImportedHash.Check(h.format, h.hash) is not null || (h.format == ImportedHash.Argon2id ? Argon2Hash.TryParse(h.hash, out _) : h.hash.Length > 0 && Convert.FromBase64String(h.hash)[0] is 0 or 1), runs: 20_000);

    private static string V3(uint prf, uint iterations, uint salt, int key)
    {
        var bytes = new byte[13 + 16 + key];
        bytes[0] = 1;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), prf);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), iterations);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(9), salt);
        return Convert.ToBase64String(bytes);
    }
}
